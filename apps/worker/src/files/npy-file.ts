import { AppError } from "@winnow/contracts";
import { decompress } from "@winnow/corpus";
import { NpyError, type NpyHeader, readNpy } from "@winnow/npy";
import { type Store, wholeUpload } from "@winnow/store";
import type { Storage } from "./storage.js";

const BLOCK_BYTES = 4 << 20;
const HEADER_BYTES = 1 << 16;

export interface NpyFile {
  readonly uploadId: string;
  /** What the file holds, for messages. */
  readonly what: string;
  /** The shape that the array must have. */
  readonly shape: readonly number[];
}

/** Streams an uploaded npy, compressed or not, in decoded blocks of whole rows. Throws `bad-npy`. */
export async function* readNpyFile<T>(
  { uploadId, what, shape }: NpyFile,
  decode: (header: NpyHeader, bytes: Uint8Array<ArrayBuffer>, start: number) => T,
  {
    store,
    storage,
    signal,
  }: { store: Store; storage: Pick<Storage, "upload">; signal?: AbortSignal },
): AsyncGenerator<{ start: number; rows: number; values: T }> {
  const upload = await wholeUpload(store, uploadId);
  const file = (await storage.upload(upload.storageKey)).open();
  // Rows of zeros compress beyond any ratio, so the expected length is the limit, and not a ratio.
  const wantedBytes = HEADER_BYTES + shape.reduce((product, size) => product * size, 8);
  const limits = { maxDecompressedBytes: wantedBytes, maxCompressionRatio: Infinity };
  try {
    const npy = await readNpy(decompress(file, limits));
    requireShape(npy.header.shape, shape, what);
    for await (const { start, rows, bytes } of npy.blocks({ maxBlockBytes: BLOCK_BYTES })) {
      signal?.throwIfAborted();
      yield { start, rows, values: decode(npy.header, bytes, start) };
    }
  } catch (error) {
    if (!(error instanceof NpyError)) throw error;
    throw new AppError("bad-npy", `The ${what}: ${error.message}`, { cause: error });
  } finally {
    file.destroy();
  }
}

function requireShape(shape: readonly number[], wanted: readonly number[], what: string): void {
  if (shape.length === wanted.length && wanted.every((size, axis) => size === shape[axis])) return;
  const detail = `The ${what} have the shape (${shape.join(", ")}); the dataset requires (${wanted.join(", ")}).`;
  throw new AppError("bad-npy", `${detail} Rows are samples in input order, columns are classes.`);
}
