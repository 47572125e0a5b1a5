// Loaded into every process of a worker by NODE_OPTIONS: a worker that has claimed a job of this name, and
// forks the process that reads its file, does what a task does whose data do not fit.
const children = require("node:child_process");
const { syncBuiltinESMExports } = require("node:module");
const { isMainThread } = require("node:worker_threads");

const isWorker = process.argv[1]?.endsWith("apps/worker/dist/main.js") ?? false;
if (isMainThread && isWorker) {
  const { parse } = JSON;
  const { fork } = children;
  let isPoisoned = false;
  JSON.parse = function parsed(text, ...rest) {
    if (typeof text === "string" && text.includes('"fill the memory"')) isPoisoned = true;
    return parse.call(this, text, ...rest);
  };
  children.fork = function forked(...args) {
    if (isPoisoned) fillTheHeap();
    return fork.apply(this, args);
  };
  syncBuiltinESMExports();
}

function fillTheHeap() {
  const kept = [];
  for (;;) kept.push(new Array(1_000).fill(0).map((_, i) => ({ i })));
}
