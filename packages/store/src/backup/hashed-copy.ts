import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";

/** Who may read files and enter folders: their owner alone, or whom the process' umask lets. */
interface Modes {
  readonly file: number;
  readonly folder: number;
}
const PRIVATE: Modes = { file: 0o600, folder: 0o700 };
export const SHARED: Modes = { file: 0o666, folder: 0o777 };

/**
 * Writes a stream into a new file, and syncs it. Returns size and checksum. However long the stream
 * is, it takes no more memory than its chunks.
 */
export async function writeHashed(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  signal: AbortSignal,
  modes = PRIVATE,
): Promise<{ bytes: number; sha256: string }> {
  await mkdir(dirname(path), { recursive: true, mode: modes.folder });
  const file = await open(path, "wx", modes.file);
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      hash.update(chunk);
      bytes += chunk.length;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** A file's size and checksum. */
export async function hashFile(
  path: string,
  signal: AbortSignal,
): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of readFrom(path)) {
    signal.throwIfAborted();
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Opened when the first chunk is asked for: the error of an earlier opening would find nobody. */
export async function* readFrom(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: 1 << 20 });
}

/** Makes names in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
