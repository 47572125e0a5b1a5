import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

// A file that is whole or not there: magic, sha256 of the rest, the rest.

const MAGIC = Buffer.from("WINNOW-1");
const DIGEST_BYTES = 32;
/** Where the content begins: a multiple of 8, so that typed arrays can look at it. */
const HEAD_BYTES = MAGIC.length + DIGEST_BYTES;

/**
 * Writes a sealed file under a temporary name, syncs it and renames it: a crash leaves the old file
 * or the new one. Throws the system's error, and then leaves no temporary file.
 */
export async function writeSealed(path: string, content: readonly Uint8Array[]): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString("hex")}.part`;
  try {
    await using(await open(temporary, "wx"), async (file) => {
      for (const part of seal(content)) await writeAll(file, part);
      await file.sync();
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  // The new name lies in the folder; without this a power cut could forget it.
  await using(await open(folder, "r"), (handle) => handle.sync());
}

/** A sealed file's content; null where it is not there, cut off or damaged. */
export async function readSealed(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  return unseal(bytes);
}

/** The content with its seal before it. */
export function seal(content: readonly Uint8Array[]): Uint8Array[] {
  const hash = createHash("sha256");
  for (const part of content) hash.update(part);
  return [MAGIC, hash.digest(), ...content];
}

/** The content of sealed bytes; null where they are cut off or damaged. */
export function unseal(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  if (bytes.length < HEAD_BYTES || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) return null;
  const digest = createHash("sha256").update(bytes.subarray(HEAD_BYTES)).digest();
  if (!digest.equals(bytes.subarray(MAGIC.length, HEAD_BYTES))) return null;
  // Small files may come in a shared buffer, at any place of it.
  return bytes.byteOffset % 8 === 0 ? bytes.subarray(HEAD_BYTES) : bytes.slice(HEAD_BYTES);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at);
    at += bytesWritten;
  }
}

async function using(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
