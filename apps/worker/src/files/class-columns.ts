import { AppError, type ColumnClasses, columnsByName } from "@winnow/contracts";
import { NpyError } from "@winnow/npy";
import { wholeUpload } from "@winnow/store";
import type { FileDeps } from "./npy-file.js";

/** A list of names is read whole. */
const MAX_BYTES = 16 << 20;

/**
 * The column of each class, (classes), from a list of names in column order or an uploaded one;
 * undefined where the columns have the order of the classes. Throws `classes-mismatch`.
 */
export async function readClassColumns(
  names: ColumnClasses,
  classes: readonly string[],
  { store, storage, readers, signal }: FileDeps,
): Promise<Int32Array | undefined> {
  if (names === undefined) return undefined;
  if (typeof names !== "string") return columnsByName(names, classes);
  const upload = await wholeUpload(store, names);
  const file = storage.upload(upload.storageKey);
  try {
    return columnsByName(await readers.names(file, MAX_BYTES, { signal }), classes);
  } catch (error) {
    if (!(error instanceof NpyError)) throw error;
    const detail = `The file of \`classes\`: ${error.message}`;
    throw new AppError("classes-mismatch", detail, { cause: error });
  }
}
