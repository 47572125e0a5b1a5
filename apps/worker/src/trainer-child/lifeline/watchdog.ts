import { workerData } from "node:worker_threads";

// Runs in a thread of the trainer's child. When the parent dies, the main thread may be inside a
// kernel for seconds and miss "disconnect"; this thread keeps running.

const CHECK_EVERY_MS = 200;

const { parentPid } = workerData as { parentPid: number };
setInterval(() => {
  if (process.ppid !== parentPid) process.kill(process.pid, "SIGKILL");
}, CHECK_EVERY_MS);
