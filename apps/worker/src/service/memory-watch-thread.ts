import { rmSync, writeFileSync } from "node:fs";
import { workerData } from "node:worker_threads";
import type { Watched } from "./memory-watch.js";

// Runs in a thread of the worker's process: its main thread may be the one that fills the memory.

const CHECK_MS = 20;
/** Of the limit: more than a worker takes in peace, and early enough before the end. */
const NEARLY_FULL = 0.85;
const NO_LONGER = 0.75;

const { mark, limitBytes } = workerData as Watched;
let isMarked = false;

setInterval(() => {
  const share = process.memoryUsage.rss() / limitBytes;
  if (!isMarked && share > NEARLY_FULL) {
    writeFileSync(mark, "", { mode: 0o600 });
    isMarked = true;
  } else if (isMarked && share < NO_LONGER) {
    rmSync(mark, { force: true });
    isMarked = false;
  }
}, CHECK_MS);
