import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Longer than any upload takes; another process may be writing the younger ones. */
const abandonedAfterMs = 24 * 3_600_000;

/** Removes what uploads left that were cut off by a kill of the process. Returns how many. */
export async function removeAbandonedUploads(folder: string, now: number): Promise<number> {
  const names = await readdir(folder).catch((): string[] => []);
  let removed = 0;
  for (const name of names.filter((entry) => entry.endsWith(".part"))) {
    const path = join(folder, name);
    const age = await stat(path).then(
      ({ mtimeMs }) => now - mtimeMs,
      () => 0,
    );
    if (age < abandonedAfterMs) continue;
    await rm(path, { force: true });
    removed++;
  }
  return removed;
}
