import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@winnow/contracts";

/** A file that lies whole on disk. */
export interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes the chunks to `folder/name`: the name appears when every byte is on disk, and any throw
 * leaves nothing. Throws `payload-too-large` above `maxBytes`, `upload-empty`, `storage-full`.
 */
export async function storeFile(
  chunks: AsyncIterable<Uint8Array>,
  target: { folder: string; name: string; maxBytes: number },
): Promise<StoredFile> {
  await mkdir(target.folder, { recursive: true });
  const path = join(target.folder, target.name);
  const unfinished = `${path}.part`;
  try {
    const written = await writeWhole(unfinished, chunks, target.maxBytes);
    await rename(unfinished, path);
    await syncFolder(target.folder);
    return { path, ...written };
  } catch (error) {
    await rm(unfinished, { force: true });
    return asStorageFull(error);
  }
}

async function writeWhole(path: string, chunks: AsyncIterable<Uint8Array>, maxBytes: number) {
  const file = await open(path, "wx");
  try {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of chunks) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      hash.update(chunk);
      // Goes on from where the last one ended, and writes all of it, unlike `write`.
      await file.writeFile(chunk);
    }
    if (bytes === 0) throw new AppError("upload-empty", "The upload holds no byte.");
    await file.sync();
    return { bytes, sha256: hash.digest("hex") };
  } finally {
    await file.close();
  }
}

export const tooLarge = (maxBytes: number): AppError =>
  new AppError("payload-too-large", `An upload may have ${maxBytes} bytes at most.`);

/** Throws the error, as `storage-full` when it says that. */
export function asStorageFull(error: unknown): never {
  if (isFull(error)) {
    throw new AppError("storage-full", "There is no room left for the upload.", { cause: error });
  }
  throw error;
}

/** Makes the rename itself last through a crash. */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, "r");
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
