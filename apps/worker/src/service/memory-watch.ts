import { existsSync } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { getHeapStatistics } from "node:v8";
import { Worker } from "node:worker_threads";
import { memoryMarksPath } from "@winnow/storage";

/** What the watching thread gets. */
export interface Watched {
  readonly mark: string;
  readonly limitBytes: number;
}

/** A mark says something only until its worker's tasks are taken over. */
const KEPT_MS = 7 * 86_400_000;

/**
 * Leaves a mark in STORAGE_DIR while this process has nearly filled its memory. A process that runs out of it
 * ends without a word, and its task, taken over, would end the next one. By the mark others know why it
 * ended. The returned function stops watching, and removes the mark.
 */
export async function watchMemory(
  storageDir: string,
  workerId: string,
): Promise<() => Promise<void>> {
  const folder = memoryMarksPath(storageDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeOld(folder);
  const mark = join(folder, workerId);
  const watched: Watched = { mark, limitBytes: limitBytes() };
  const thread = new Worker(new URL("./memory-watch-thread.js", import.meta.url), {
    workerData: watched,
  });
  thread.unref();
  // Without it the tasks of a full process get their twelve starts, as those of any that vanished.
  thread.on("error", () => {});
  return async () => {
    await thread.terminate();
    await rm(mark, { force: true });
  };
}

/** Whether the worker, which has stopped answering, had nearly filled its memory before. */
export const diedOfMemory =
  (storageDir: string) =>
  (workerId: string): boolean =>
    existsSync(join(memoryMarksPath(storageDir), workerId));

/** What ends this process: V8's limit of its heap, or the container's. */
function limitBytes(): number {
  const container = process.constrainedMemory();
  const heap = getHeapStatistics().heap_size_limit;
  return container > 0 ? Math.min(heap, container) : heap;
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > KEPT_MS) await rm(path, { force: true });
  }
}
