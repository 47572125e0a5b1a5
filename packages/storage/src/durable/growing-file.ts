import { open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { partOf } from "../layout/parts.js";
import { hashFile } from "./hashed.js";
import { makeFolder, PRIVATE, renameDurably } from "./write-file.js";

// A file whose bytes come in several turns, between which the process may die: they lie in its part,
// and in `path` itself once all of them have come.

/** How many bytes have come. */
export async function receivedBytes(path: string): Promise<number> {
  return (await sizeOf(partOf(path))) ?? (await sizeOf(path)) ?? 0;
}

/**
 * Appends chunks where the file ends. What was written stays when the chunks break off; everything
 * is on disk when this returns. The caller makes sure that nobody else appends.
 */
export async function appendBytes(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await makeFolder(dirname(path));
  const file = await open(partOf(path), "a", PRIVATE.file);
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
  } finally {
    await file.sync();
    await file.close();
  }
}

/** Gives the file its name, once all its bytes have come. Returns its sha256. May be repeated. */
export async function finishFile(path: string): Promise<string> {
  const unfinished = partOf(path);
  const hasName = (await sizeOf(unfinished)) === null;
  const { sha256 } = await hashFile(hasName ? path : unfinished);
  if (!hasName) await renameDurably(unfinished, path);
  return sha256;
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
