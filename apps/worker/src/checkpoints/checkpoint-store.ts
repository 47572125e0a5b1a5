import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readSealed, writeSealed } from "@winnow/storage";

/** Stores one task's states by name. Every method may throw `CheckpointStoreUnreachable`. */
export interface CheckpointStore {
  names(): Promise<string[]>;
  /** null for a state that is missing or damaged. */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Writes the whole state or nothing. */
  write(name: string, state: Uint8Array): Promise<void>;
  remove(name: string): Promise<void>;
  clear(): Promise<void>;
}

/** The storage does not answer at the moment. Work that does not need it can continue. */
export class CheckpointStoreUnreachable extends Error {
  override readonly name = "CheckpointStoreUnreachable";
}

/** A checkpoint store in a folder, which the first write creates. Throws the system's errors. */
export function folderCheckpointStore(folder: string): CheckpointStore {
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
