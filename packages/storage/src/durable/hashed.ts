import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";

/** How much was written or read. */
export interface Hashed {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes the chunks at the file's position. It needs no more memory than one chunk.
 */
export async function writeHashed(
  file: FileHandle,
  chunks: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<Hashed> {
  return hashed(chunks, signal, (chunk) => {
    // Appends to what is written, and writes the whole chunk, unlike `write`.
    return file.writeFile(chunk);
  });
}

export async function hashFile(path: string, signal?: AbortSignal): Promise<Hashed> {
  return hashed(readChunks(path), signal, async () => {});
}

/** Opens the file when the first chunk is asked for: the error of an earlier open would reach nobody. */
export async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: 1 << 20 });
}

async function hashed(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<Hashed> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.byteLength;
    await take(chunk);
  }
  return { bytes, sha256: hash.digest("hex") };
}
