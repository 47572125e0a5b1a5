import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Store } from "@winnow/store";
import type { Logger } from "pino";
import { sweepModels } from "./model-sweep.js";
import { type Repeated, repeat } from "./repeat.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What workers leave in storage, and how long after its last use it may lie there. */
const SHELVES = [
  { folder: "tokens", ageMs: 7 * DAY_MS },
  { folder: "checkpoints", ageMs: 7 * DAY_MS },
  { folder: "downloads", ageMs: DAY_MS },
] as const;

/** A file that nobody finished, and a lock whose owner is gone. */
const UNFINISHED = /\.(part|lock)$/;

/** Sweeps the storage once an hour. Several may run. */
export function startStorageSweep(store: Store, storageDir: string, log: Logger): Repeated {
  return repeat(
    async () => {
      const old = await sweepStorage(storageDir, Date.now());
      const swept = [...old, ...(await sweepModels(store, storageDir))];
      if (swept.length > 0) log.info({ swept }, "old files were removed from storage");
    },
    HOUR_MS,
    (error) => log.warn({ err: error }, "the storage could not be swept; it is tried again"),
  );
}

/** Removes what is too old at the time `nowMs`; returns the paths below the storage folder. */
export async function sweepStorage(storageDir: string, nowMs: number): Promise<string[]> {
  const swept: string[] = [];
  for (const { folder, ageMs } of SHELVES) {
    for (const name of await readdir(join(storageDir, folder)).catch(() => [])) {
      const path = join(folder, name);
      // A folder's own time is that of the last file put into it.
      const found = await stat(join(storageDir, path)).catch(() => null);
      const kept = UNFINISHED.test(name) ? Math.min(ageMs, DAY_MS) : ageMs;
      if (!found || nowMs - found.mtimeMs <= kept) continue;
      await rm(join(storageDir, path), { recursive: true, force: true });
      swept.push(path);
    }
  }
  return swept;
}
