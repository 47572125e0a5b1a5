import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { extract } from "tar-stream";

/** The only names that an archive of the service has: none leaves the folder. */
const NAME = /^(?:[a-z][a-z0-9-]*\/)?[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[a-z]+)$/;

/** Throws where the folder is there and not empty, or is a file. */
export async function requireFreeFolder(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") throw new Error(`${folder} is a file; name a folder with -o`);
    throw error;
  });
  if (found.length > 0) {
    throw new Error(`${folder} is not empty; name a new folder with -o, or empty this one`);
  }
}

/**
 * Unpacks a tar of files into a folder, which appears whole or not at all; gives the files' number
 * and bytes. Throws where the folder is not empty, and for a name that no dataset folder has.
 */
export async function saveFolder(
  body: ReadableStream<Uint8Array>,
  folder: string,
  signal?: AbortSignal,
): Promise<{ files: number; bytes: number }> {
  await requireFreeFolder(folder);
  const draft = `${resolve(folder)}.part`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  try {
    const written = await unpack(body, draft, signal);
    await rmdir(folder).catch(() => {});
    await rename(draft, folder);
    return written;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function unpack(body: ReadableStream<Uint8Array>, draft: string, signal?: AbortSignal) {
  const archive = extract();
  const written = { files: 0, bytes: 0 };
  const reading = pipeline(Readable.fromWeb(body), archive, signal ? { signal } : {});
  // Awaited below: a broken download ends the iteration too.
  reading.catch(() => {});
  for await (const entry of archive) {
    const { name, size } = entry.header;
    if (!NAME.test(name)) throw new Error(`the archive has a file with the name "${name}"`);
    const path = join(draft, name);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(entry, createWriteStream(path, { flags: "wx" }));
    written.files += 1;
    written.bytes += size;
  }
  await reading;
  return written;
}
