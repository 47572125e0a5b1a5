import { Worker } from "node:worker_threads";

/** The exit code of a process whose parent has ended. */
export const ORPHANED = 4;

/** What the watchdog's thread gets. */
export interface Watched {
  readonly parentPid: number;
  readonly maxMemoryBytes: number | null;
}

/**
 * Ends this process within a second of its parent's end, however busy it is. The parent passes its
 * pid, so that a parent that has died already is noticed too. With `maxMemoryBytes` it also ends where it
 * takes more memory of the machine than that: the limit of V8's heap does not count buffers.
 */
export function holdLifeline(parentPid: number, maxMemoryBytes: number | null = null): void {
  process.on("disconnect", () => process.exit(ORPHANED));
  const watched: Watched = { parentPid, maxMemoryBytes };
  const watchdog = new Worker(new URL("./watchdog.js", import.meta.url), {
    workerData: watched,
    // The flags of this process, its heap's limit among them, are not for the thread.
    execArgv: [],
  });
  watchdog.unref();
}
