// Loaded into every process of a worker by NODE_OPTIONS: a trainer's child that is given a job with
// one of these seeds does what a broken native library would do to it.
const { isMainThread } = require("node:worker_threads");

const MISDEEDS = {
  9001: () => process.kill(process.pid, "SIGSEGV"),
  9002: fillTheHeap,
  9003: () => process.exit(1),
  9004: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
  9005: () => process.kill(process.ppid, "SIGKILL"),
};

function fillTheHeap() {
  const kept = [];
  for (;;) kept.push(new Array(100_000).fill({}));
}

const isChild = process.argv[1]?.endsWith("trainer-child/child.js") ?? false;
if (isMainThread && isChild) {
  process.on("message", (message) => MISDEEDS[message?.claim?.params?.seed]?.());
}
