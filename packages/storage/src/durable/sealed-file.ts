import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { newPartOf } from "../layout/parts.js";
import { writeDurably } from "./write-file.js";

// A file that is whole or not there: magic, sha256 of the rest, the rest.

const MAGIC = Buffer.from("WINNOW-1");
const DIGEST_BYTES = 32;
/** Where the content begins: a multiple of 8, so that typed arrays can look at it. */
const HEAD_BYTES = MAGIC.length + DIGEST_BYTES;
/** Node hashes, reads and writes less than 2 GiB at a time; a large model's state is more. */
const PIECE_BYTES = 64 * 2 ** 20;

/** Writes a sealed file durably. Throws the system's error. */
export async function writeSealed(path: string, content: readonly Uint8Array[]): Promise<void> {
  await writeDurably(path, newPartOf(path), async (file) => {
    for (const part of seal(content)) await writeAll(file, part);
  });
}

/** A sealed file's content; null where it is not there, cut off or damaged. */
export async function readSealed(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
  try {
    return unseal(await readAll(file));
  } finally {
    await file.close();
  }
}

/** The content with its seal before it. */
export function seal(content: readonly Uint8Array[]): Uint8Array[] {
  return [MAGIC, digestOf(content), ...content];
}

/** The content of sealed bytes; null where they are cut off or damaged. */
export function unseal(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> | null {
  if (bytes.length < HEAD_BYTES || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) return null;
  if (!digestOf([bytes.subarray(HEAD_BYTES)]).equals(bytes.subarray(MAGIC.length, HEAD_BYTES)))
    return null;
  // From a bucket they may come at any place of a larger buffer.
  return bytes.byteOffset % 8 === 0 ? bytes.subarray(HEAD_BYTES) : bytes.slice(HEAD_BYTES);
}

function digestOf(content: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of content) {
    for (let at = 0; at < part.length; at += PIECE_BYTES) {
      hash.update(part.subarray(at, at + PIECE_BYTES));
    }
  }
  return hash.digest();
}

async function readAll(file: FileHandle): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array((await file.stat()).size);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE_BYTES, bytes.length - at), at);
    // Cut off meanwhile: the seal does not match.
    if (bytesRead === 0) return bytes.subarray(0, at);
    at += bytesRead;
  }
  return bytes;
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, Math.min(PIECE_BYTES, bytes.length - at));
    at += bytesWritten;
  }
}
