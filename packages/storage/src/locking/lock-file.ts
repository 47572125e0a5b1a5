import { link, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { newPartOf } from "../layout/parts.js";

// A file that says which process makes the file beside it. It saves work and guards nothing: two
// owners make the same file twice, and each writes it whole. Why it is no lock of Postgres:
// docs/explanation/adr/0010-the-shared-cache-locks-with-a-file.md

/** A lock is abandoned if its owner has not touched it for this long. */
const ABANDONED_MS = 15 * 60_000;
const TOUCH_MS = 60_000;

export interface LockFile {
  release(): Promise<void>;
}

/**
 * Takes the lock, or returns who holds it: "here", a living process of this machine, which is worth
 * waiting for; "elsewhere", a process of another machine, which may be dead. Also returns "here"
 * while the lock changes hands: ask again.
 */
export async function takeLockFile(path: string): Promise<LockFile | "here" | "elsewhere"> {
  if (TAKEN.has(path)) return "here";
  TAKEN.add(path);
  let lock: LockFile | undefined;
  try {
    if (await create(path)) {
      lock = hold(path);
      return lock;
    }
    return await judgeOwner(path);
  } finally {
    if (!lock) TAKEN.delete(path);
  }
}

const ME = `${hostname()} ${process.pid}`;

/**
 * Held or asked for by this process. Without it a lock that names this host and pid would be
 * ambiguous: after a container's restart it may be that of the process before.
 */
const TAKEN = new Set<string>();

/** Returns who holds the lock, and removes one whose owner is gone. */
async function judgeOwner(path: string): Promise<"here" | "elsewhere"> {
  const found = await readOwner(path);
  if (found === null) return "here";
  const [host, pid] = found.owner.split(" ");
  const isHere = host === hostname();
  const isGone = found.owner === ME || (isHere && !isAlive(Number(pid)));
  if (!isGone && found.ageMs <= ABANDONED_MS) return isHere ? "here" : "elsewhere";
  await rm(path, { force: true });
  return "here";
}

/** Whether the lock was free. It appears with its owner's name in it, unlike with O_EXCL. */
async function create(path: string): Promise<boolean> {
  const claim = newPartOf(path);
  await writeFile(claim, ME, { flag: "wx", mode: 0o600 });
  try {
    await link(claim, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  } finally {
    await rm(claim, { force: true });
  }
}

function hold(path: string): LockFile {
  const touching = setInterval(() => {
    utimes(path, new Date(), new Date()).catch(() => {});
  }, TOUCH_MS).unref();
  return {
    async release() {
      clearInterval(touching);
      try {
        // A process that considered this one dead has its own lock there.
        if ((await readOwner(path))?.owner === ME) await rm(path, { force: true });
      } finally {
        TAKEN.delete(path);
      }
    },
  };
}

async function readOwner(path: string): Promise<{ owner: string; ageMs: number } | null> {
  try {
    const [owner, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return { owner, ageMs: Date.now() - mtimeMs };
  } catch (error) {
    // Released in this moment.
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
