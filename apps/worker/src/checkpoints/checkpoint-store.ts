import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readSealed, writeSealed } from "./sealed-file.js";

/** Where one task's states lie, by name. Any of it may throw `ShelfUnreachable`. */
export interface Shelf {
  names(): Promise<string[]>;
  /** null where it is not there or not whole. */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Writes it whole or not at all. */
  write(name: string, state: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  clear(): Promise<void>;
}

/** The storage does not answer now; work that needs no storage can go on. */
export class ShelfUnreachable extends Error {
  override readonly name = "ShelfUnreachable";
}

/** A shelf in a folder, made when it is needed. Throws the system's errors. */
export function folderShelf(folder: string): Shelf {
  return {
    async names() {
      return readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return [];
        throw error;
      });
    },
    read: (name) => readSealed(join(folder, name)),
    write: (name, state) => writeSealed(join(folder, name), [state]),
    remove: (name) => rm(join(folder, name), { force: true }),
    clear: () => rm(folder, { recursive: true, force: true }),
  };
}
