import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import type { Watched } from "./lifeline.js";
import { OVER_MEMORY } from "./over-memory.js";

// Runs in a thread of a child process. When the parent dies, the main thread may be inside a kernel or a
// parser for seconds and miss "disconnect"; this thread keeps running.

const CHECK_PARENT_MS = 200;
/** A process fills some hundred MB in this time at most. */
const CHECK_MEMORY_MS = 20;

const { parentPid, maxMemoryBytes } = workerData as Watched;
setInterval(() => {
  if (process.ppid !== parentPid) process.kill(process.pid, "SIGKILL");
}, CHECK_PARENT_MS);

if (maxMemoryBytes !== null) setInterval(() => checkMemory(maxMemoryBytes), CHECK_MEMORY_MS);

function checkMemory(most: number): void {
  if (process.memoryUsage.rss() <= most) return;
  writeSync(2, `${OVER_MEMORY} (${Math.round(most / 2 ** 20)} MB)\n`);
  process.kill(process.pid, "SIGKILL");
}
