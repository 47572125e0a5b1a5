import { AppError, type ColumnClasses, columnsByName } from "@winnow/contracts";
import { decompress } from "@winnow/corpus";
import { NpyError, readNames } from "@winnow/npy";
import { type Store, wholeUpload } from "@winnow/store";
import type { Storage } from "./storage.js";

/** A list of names is read whole. */
const LIMITS = { maxDecompressedBytes: 16 << 20, maxCompressionRatio: Infinity };

/**
 * The column of each class, (classes), from a list of names in column order or an uploaded one;
 * undefined where the columns have the order of the classes. Throws `classes-mismatch`.
 */
export async function readClassColumns(
  names: ColumnClasses,
  classes: readonly string[],
  { store, storage }: { store: Store; storage: Pick<Storage, "upload"> },
): Promise<Int32Array | undefined> {
  if (names === undefined) return undefined;
  if (typeof names !== "string") return columnsByName(names, classes);
  const upload = await wholeUpload(store, names);
  const file = (await storage.upload(upload.storageKey)).open();
  try {
    return columnsByName(await readNames(decompress(file, LIMITS)), classes);
  } catch (error) {
    if (!(error instanceof NpyError)) throw error;
    const detail = `The file of \`classes\`: ${error.message}`;
    throw new AppError("classes-mismatch", detail, { cause: error });
  } finally {
    file.destroy();
  }
}
