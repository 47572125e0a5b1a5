import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@winnow/contracts";
import { wholeOf } from "@winnow/storage";
import { readUpload, type Store } from "@winnow/store";

const hourMs = 3_600_000;

/** Longer than any whole upload takes; another process may be writing the younger ones. */
const abandonedAfterMs = 24 * hourMs;

/**
 * Removes what uploads left that were cut off by a kill of the process; resumable ones are left to
 * the retention. Returns how many files went.
 */
export async function removeAbandonedUploads(
  folder: string,
  store: Store,
  nowMs: number,
): Promise<number> {
  const names = await readdir(folder).catch((): string[] => []);
  let removed = 0;
  for (const name of names) {
    const id = wholeOf(name);
    if (id === null) continue;
    const path = join(folder, name);
    const ageMs = await stat(path).then(
      ({ mtimeMs }) => nowMs - mtimeMs,
      () => 0,
    );
    if (ageMs < abandonedAfterMs) continue;
    if (await isResumable(store, id)) continue;
    await rm(path, { force: true });
    removed++;
  }
  return removed;
}

/** Whether the file is of an upload that was begun to be gone on with. */
async function isResumable(store: Store, id: string): Promise<boolean> {
  try {
    return (await readUpload(store, id)).sha256 === null;
  } catch (error) {
    if (error instanceof AppError && error.code === "upload-not-found") return false;
    throw error;
  }
}
