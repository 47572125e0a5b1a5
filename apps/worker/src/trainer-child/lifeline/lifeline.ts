import { Worker } from "node:worker_threads";
import { EXIT } from "../../trainer/exit-codes.js";

/**
 * Ends this process within a second of its parent's end, however busy it is. The parent passes its
 * pid, so that a parent that has died already is noticed too.
 */
export function holdLifeline(parentPid: number): void {
  process.on("disconnect", () => process.exit(EXIT.orphaned));
  const watchdog = new Worker(new URL("./watchdog.js", import.meta.url), {
    workerData: { parentPid },
  });
  watchdog.unref();
}
