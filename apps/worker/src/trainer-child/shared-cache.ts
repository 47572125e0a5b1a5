import { mkdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LockFile, lockOf, readSealed, takeLockFile, writeSealed } from "@winnow/storage";

const POLL_MS = 100;

/** How something is kept in a file. */
export interface Kept<T> {
  make(): Promise<T>;
  encode(value: T): readonly Uint8Array[];
  /** null for content that does not fit: it is made anew. */
  decode(content: Uint8Array<ArrayBuffer>): T | null;
}

/** What the children of all folds share on disk, so that one of them makes it and the others read. */
export interface SharedCache {
  /**
   * What is kept under the name, made first where it is not there. Children of one machine wait for
   * the one that makes it; another machine's is not waited for.
   */
  take<T>(name: string, kept: Kept<T>): Promise<{ value: T; made: boolean }>;
}

/** A cache in a folder. `onFault` hears of files that could not be written: they are done without. */
export function openSharedCache(folder: string, onFault: (error: unknown) => void): SharedCache {
  return {
    async take(name, kept) {
      const path = join(folder, name);
      await mkdir(folder, { recursive: true }).catch(onFault);
      for (;;) {
        const found = await read(path, kept, onFault);
        if (found !== null) return { value: found, made: false };
        const lock = await takeLockFile(lockOf(path)).catch((error: unknown) => {
          onFault(error);
          return "elsewhere" as const;
        });
        if (lock === "elsewhere") return { value: await kept.make(), made: true };
        if (lock !== "here") return makeLocked(path, lock, kept, onFault);
        await sleep(POLL_MS);
      }
    },
  };
}

async function makeLocked<T>(
  path: string,
  lock: LockFile,
  kept: Kept<T>,
  onFault: (error: unknown) => void,
): Promise<{ value: T; made: boolean }> {
  try {
    // Its maker may have ended between the look and the lock.
    const found = await read(path, kept, onFault);
    if (found !== null) return { value: found, made: false };
    const value = await kept.make();
    await writeSealed(path, kept.encode(value)).catch(onFault);
    return { value, made: true };
  } finally {
    await lock.release();
  }
}

async function read<T>(
  path: string,
  kept: Kept<T>,
  onFault: (error: unknown) => void,
): Promise<T | null> {
  const content = await readSealed(path).catch((error: unknown) => {
    onFault(error);
    return null;
  });
  const value = content && kept.decode(content);
  // Files are swept away by the time of their last use.
  if (value !== null) await utimes(path, new Date(), new Date()).catch(() => {});
  return value;
}
