import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "./store-file.js";

/** The bytes of an upload under way lie in its `path` and ".part"; all of them, in `path` itself. */
const partOf = (path: string): string => `${path}.part`;

/** How many bytes have come. */
export async function receivedBytes(path: string): Promise<number> {
  return (await sizeOf(partOf(path))) ?? (await sizeOf(path)) ?? 0;
}

/**
 * Appends chunks where the file ends. What was written stays when the chunks break off; everything
 * is on the disk when this returns. The caller sees to it that nobody else appends.
 */
export async function appendBytes(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(partOf(path), "a");
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
  } finally {
    await file.sync();
    await file.close();
  }
}

/** Gives the file, all of whose bytes have come, its name. Returns its sha256. May be repeated. */
export async function finishFile(path: string): Promise<string> {
  const unfinished = partOf(path);
  const hasName = (await sizeOf(unfinished)) === null;
  const sha256 = await sha256Of(hasName ? path : unfinished);
  if (!hasName) {
    await rename(unfinished, path);
    await syncFolder(dirname(path));
  }
  return sha256;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest("hex");
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
