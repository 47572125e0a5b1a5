import { link, mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lockOf, newPartOf, readSealed, writeSealed } from "@winnow/storage";

const POLL_MS = 100;
/** A lock that its owner has not touched for so long is nobody's. */
const LOCK_MS = 15 * 60_000;
const TOUCH_MS = 60_000;

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
        const lock = await takeLock(lockOf(path)).catch((error: unknown) => {
          onFault(error);
          return "not-ours" as const;
        });
        if (lock === "not-ours") return { value: await kept.make(), made: true };
        if (lock === "ours") return makeLocked(path, kept, onFault);
        await sleep(POLL_MS);
      }
    },
  };
}

async function makeLocked<T>(
  path: string,
  kept: Kept<T>,
  onFault: (error: unknown) => void,
): Promise<{ value: T; made: boolean }> {
  const lock = lockOf(path);
  const touching = setInterval(() => {
    utimes(lock, new Date(), new Date()).catch(() => {});
  }, TOUCH_MS).unref();
  try {
    // Its maker may have ended between the look and the lock.
    const found = await read(path, kept, onFault);
    if (found !== null) return { value: found, made: false };
    const value = await kept.make();
    await writeSealed(path, kept.encode(value)).catch(onFault);
    return { value, made: true };
  } finally {
    clearInterval(touching);
    // Somebody who took this process for dead has one of his own there.
    if ((await ownerOf(lock))?.owner === ME) await rm(lock, { force: true });
    mine.delete(lock);
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

const ME = `${hostname()} ${process.pid}`;

/** Held by this process now: after a container's restart another's may bear its name and number. */
const mine = new Set<string>();

/**
 * Takes the lock, which names its owner. "wait": a living process of this machine has it;
 * "not-ours": one of another machine.
 */
async function takeLock(path: string): Promise<"ours" | "wait" | "not-ours"> {
  const claim = newPartOf(path);
  await writeFile(claim, ME, { flag: "wx" });
  try {
    // Unlike opening with O_EXCL this makes the lock with its content, at once.
    await link(claim, path);
    mine.add(path);
    return "ours";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(claim, { force: true });
  }
  const found = await ownerOf(path);
  if (found === null) return "wait";
  const [host, pid] = found.owner.split(" ");
  const here = host === hostname();
  const isDead = found.owner === ME ? !mine.has(path) : here && !isAlive(Number(pid));
  if (found.ageMs > LOCK_MS || isDead) {
    await rm(path, { force: true });
    return "wait";
  }
  return here ? "wait" : "not-ours";
}

async function ownerOf(path: string): Promise<{ owner: string; ageMs: number } | null> {
  try {
    const [owner, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return { owner, ageMs: Date.now() - mtimeMs };
  } catch (error) {
    // Given back in this moment.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
