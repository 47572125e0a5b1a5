import { createReadStream, type ReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative } from "node:path";
import { AppError } from "@winnow/contracts";

/** The files a worker may read: uploads by their storage key, and paths below the ingest root. */
export interface Storage {
  /** A stored upload. Throws a plain error if its bytes are gone: our own fault. */
  upload(storageKey: string): Promise<StoredFile>;
  /** A file of the operator's. Throws `source-not-allowed`. */
  path(path: string): Promise<StoredFile>;
}

export interface StoredFile {
  readonly bytes: number;
  /** Opens the file from its start; each stream is the caller's to destroy. */
  open(): ReadStream;
}

/** Storage on a folder; `ingestRoot` null refuses every path. Both are absolute. */
export function openStorage(storageDir: string, ingestRoot: string | null): Storage {
  return {
    async upload(storageKey) {
      const path = join(storageDir, storageKey);
      if (!isBelow(storageDir, path))
        throw new Error(`storage key ${storageKey} leaves its folder`);
      return storedFile(path);
    },
    async path(path) {
      if (ingestRoot === null) {
        throw new AppError("source-not-allowed", "Sources of type path are off on this worker.");
      }
      // After realpath, so that no link leads out of the root. What is outside and what is not
      // there get the same answer: the difference would tell what the machine holds.
      const root = await realpath(ingestRoot);
      const real = await realpath(isAbsolute(path) ? path : join(root, path)).catch(() => null);
      const found = real === null ? null : await stat(real);
      if (real === null || !found?.isFile() || !isBelow(root, real)) {
        throw new AppError("source-not-allowed", "The path is no file below the ingest root.");
      }
      return storedFile(real);
    },
  };
}

async function storedFile(path: string): Promise<StoredFile> {
  const { size } = await stat(path);
  return { bytes: size, open: () => createReadStream(path, { highWaterMark: 1 << 18 }) };
}

function isBelow(root: string, path: string): boolean {
  const inside = relative(root, path);
  return inside !== "" && !inside.startsWith("..") && !isAbsolute(inside);
}
