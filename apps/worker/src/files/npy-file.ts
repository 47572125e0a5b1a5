import { AppError } from "@winnow/contracts";
import { NpyError, type NpyHeader, type NpyStream } from "@winnow/npy";
import type { Readers } from "@winnow/reader";
import { type Store, wholeUpload } from "@winnow/store";
import type { Storage } from "./storage.js";

export const BLOCK_BYTES = 4 << 20;
/** Room for the header, and for what is unpacked before the shape can be looked at. */
const HEAD_BYTES = 4 << 20;

export interface NpyFile {
  readonly uploadId: string;
  /** The array's name in an npz. */
  readonly array?: string | undefined;
  /** Which parameter names it. */
  readonly arrayField: string;
  /** What the file holds, for messages. */
  readonly what: string;
  /** The shape that the array must have. */
  readonly shape: readonly number[];
}

export interface FileDeps {
  readonly store: Store;
  readonly storage: Pick<Storage, "upload">;
  readonly readers: Readers;
  readonly signal?: AbortSignal;
}

/**
 * Streams an uploaded npy (compressed or not, or an array of an npz) in decoded blocks of whole rows.
 * Throws `bad-npy`.
 */
export function readNpyFile<T>(
  file: NpyFile,
  decode: (header: NpyHeader, bytes: Uint8Array<ArrayBuffer>, start: number) => T,
  deps: FileDeps,
): AsyncGenerator<{ start: number; rows: number; values: T }> {
  return withNpy(file, deps, async function* (npy) {
    requireShape(npy.header.shape, file.shape, file.what);
    for await (const { start, rows, bytes } of npy.blocks({ maxBlockBytes: BLOCK_BYTES })) {
      deps.signal?.throwIfAborted();
      yield { start, rows, values: decode(npy.header, bytes, start) };
    }
  });
}

/** Opens an uploaded npy for as long as `read` yields. Its faults are `bad-npy`. */
export async function* withNpy<T>(
  file: NpyFile,
  { store, storage, readers, signal }: FileDeps,
  read: (npy: NpyStream) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const upload = await wholeUpload(store, file.uploadId);
  // Rows of zeros compress beyond any ratio, so the expected length is the limit, and not a ratio.
  const maxBytes = HEAD_BYTES + file.shape.reduce((product, size) => product * size, 8);
  const limits = { array: file.array, maxBytes, maxBlockBytes: BLOCK_BYTES };
  try {
    yield* readers.array(storage.upload(upload.storageKey), limits, read, { signal });
  } catch (error) {
    throw error instanceof NpyError ? asBadNpy(error, file) : error;
  }
}

function asBadNpy(error: NpyError, { what, arrayField }: NpyFile): AppError {
  const isChoice = error.code === "several-arrays" || error.code === "no-array";
  const detail = `The ${what}: ${error.message}${isChoice ? ` (\`${arrayField}\`)` : ""}`;
  const errors = isChoice ? [{ pointer: `/${arrayField}`, detail: error.message }] : [];
  return new AppError("bad-npy", detail, { cause: error, errors });
}

function requireShape(shape: readonly number[], wanted: readonly number[], what: string): void {
  if (shape.length === wanted.length && wanted.every((size, axis) => size === shape[axis])) return;
  const detail = `The ${what} have the shape (${shape.join(", ")}); the dataset requires (${wanted.join(", ")}).`;
  throw new AppError("bad-npy", `${detail} Rows are samples in input order.`);
}
