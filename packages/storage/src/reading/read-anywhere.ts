import { type FileHandle, open } from "node:fs/promises";

/** A file's bytes by position. */
export interface OpenFile {
  readonly byteLength: number;
  /** The bytes from `start` to before `end`; fewer at the end of the file. */
  slice(start: number, end?: number): Promise<ArrayBuffer>;
  close(): Promise<void>;
}

/**
 * Opens a file, or takes an open one, for reading at any position. A slice of more than `maxReadBytes` throws: its length
 * may be what a hostile file claims. The caller closes the file.
 */
export async function readAnywhere(
  path: string | FileHandle,
  maxReadBytes = Number.POSITIVE_INFINITY,
): Promise<OpenFile> {
  const file = typeof path === "string" ? await open(path, "r") : path;
  const { size } = await file.stat();
  return {
    byteLength: size,
    slice(start, end = size) {
      const last = Math.min(end, size);
      if (last - start > maxReadBytes) {
        throw new Error(`a read of ${last - start} bytes is above the limit`);
      }
      return readSlice(file, start, last);
    },
    close: () => file.close(),
  };
}

async function readSlice(file: FileHandle, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(0, end - start));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.buffer.slice(0, filled);
}
