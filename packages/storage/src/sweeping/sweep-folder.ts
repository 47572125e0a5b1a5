import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

const BATCH = 500;

/** What was removed, or would be. */
export interface Swept {
  readonly items: number;
  readonly bytes: number;
}

/**
 * Returns for how many milliseconds after its last change each entry is kept: 0 removes it now, an
 * entry without a number is kept. Gets a bounded number of names at a time.
 */
export type KeepTimes = (names: readonly string[]) => Promise<ReadonlyMap<string, number>>;

/**
 * Removes the files and folders that are older than they are kept, or only counts them. Skips those
 * that another process removes meanwhile.
 */
export async function sweepFolder(
  folder: string,
  keepTimes: KeepTimes,
  dryRun: boolean,
): Promise<Swept> {
  const names = await namesIn(folder);
  let items = 0;
  let bytes = 0;
  for (let at = 0; at < names.length; at += BATCH) {
    for (const [name, keptMs] of await keepTimes(names.slice(at, at + BATCH))) {
      const path = join(folder, name);
      // A folder's own time is that of the last file put into it.
      const changed = await changedAt(path);
      if (changed === null || Math.max(0, Date.now() - changed) < keptMs) continue;
      items += 1;
      bytes += await freeEntry(path, dryRun);
    }
  }
  return { items, bytes };
}

/** The names in a folder, in order; none if it does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch((): string[] => [])).sort();
}

/** When a file or folder was last changed, in milliseconds since 1970; null if it does not exist. */
export const changedAt = (path: string): Promise<number | null> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => null,
  );

/** Removes a file, or a folder with all that is in it, or only measures it. Returns its bytes. */
export async function freeEntry(path: string, dryRun: boolean): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (!found) return 0;
  const bytes = found.isDirectory() ? await bytesBelow(path) : found.size;
  if (!dryRun) await rm(path, { recursive: true, force: true });
  return bytes;
}

async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => null);
    bytes += found?.size ?? 0;
  }
  return bytes;
}
