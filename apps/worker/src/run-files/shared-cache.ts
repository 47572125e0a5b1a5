import { rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type LockFile,
  lockOf,
  makeFolder,
  readSealed,
  takeLockFile,
  writeSealed,
} from "@winnow/storage";

const POLL_MS = 100;

/** How a value is made, and how it is stored in a file. */
export interface Cached<T> {
  make(): Promise<T>;
  /** null for a value that is too large for a file: it is not stored. */
  encode(value: T): readonly Uint8Array[] | null;
  /** null for content that does not fit: the value is made again. */
  decode(content: Uint8Array<ArrayBuffer>): T | null;
}

/** Values that the tasks of a run share on disk: one makes a value, the others read it. */
export interface SharedCache {
  /**
   * Returns the value of this name, and makes it first if it is missing. Processes of one machine wait
   * for the one that makes it, but not for another machine's.
   */
  take<T>(name: string, item: Cached<T>): Promise<{ value: T; made: boolean }>;
  /** Returns the value of this name if it is stored, else null. */
  find<T>(name: string, item: Pick<Cached<T>, "decode">): Promise<T | null>;
  /** Removes a value whose other files are lost; what is not there is no error. */
  forget(name: string): Promise<void>;
}

/** A cache in a folder. A file that cannot be read or written only costs time: `onFault` gets why. */
export function openSharedCache(folder: string, onFault: (error: unknown) => void): SharedCache {
  return {
    find: (name, item) => read(join(folder, name), item, onFault),
    forget: (name) => rm(join(folder, name), { force: true }).catch(onFault),
    async take(name, item) {
      const path = join(folder, name);
      await makeFolder(folder).catch(onFault);
      for (;;) {
        const found = await read(path, item, onFault);
        if (found !== null) return { value: found, made: false };
        const lock = await takeLockFile(lockOf(path)).catch((error: unknown) => {
          onFault(error);
          return "elsewhere" as const;
        });
        if (lock === "elsewhere") return { value: await item.make(), made: true };
        if (lock !== "here") return makeLocked(path, lock, item, onFault);
        await sleep(POLL_MS);
      }
    },
  };
}

async function makeLocked<T>(
  path: string,
  lock: LockFile,
  item: Cached<T>,
  onFault: (error: unknown) => void,
): Promise<{ value: T; made: boolean }> {
  try {
    // Another process may have finished it between the read and the lock.
    const found = await read(path, item, onFault);
    if (found !== null) return { value: found, made: false };
    const value = await item.make();
    const content = item.encode(value);
    if (content !== null) await writeSealed(path, content).catch(onFault);
    return { value, made: true };
  } finally {
    await lock.release();
  }
}

async function read<T>(
  path: string,
  item: Pick<Cached<T>, "decode">,
  onFault: (error: unknown) => void,
): Promise<T | null> {
  const content = await readSealed(path).catch((error: unknown) => {
    onFault(error);
    return null;
  });
  const value = content && item.decode(content);
  // Files are swept by the time of their last use.
  if (value !== null) await utimes(path, new Date(), new Date()).catch(() => {});
  return value;
}
