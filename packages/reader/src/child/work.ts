import { faultOf } from "../messages/faults.js";
import type { FromProcess, ReadTask, ToProcess } from "../messages/messages.js";
import { readArray, readNameList } from "./arrays.js";
import { readDataset } from "./dataset.js";
import { Outlet } from "./outlet.js";
import { readPreview } from "./preview.js";
import { openSource } from "./source.js";

const ALIVE_EVERY_MS = 250;

let outlet: Outlet | null = null;

process.on("message", (message: ToProcess) => {
  if (message.type === "next") outlet?.next();
  else void work(message.task, message.ahead);
});
// Ctrl-C reaches the whole process group, but only the parent ends this process.
process.on("SIGINT", () => {});
setInterval(() => {
  if (outlet) send({ type: "alive", work: outlet.work });
}, ALIVE_EVERY_MS);
send({ type: "ready" });

async function work(task: ReadTask, ahead: number): Promise<void> {
  const out = new Outlet(ahead, send);
  outlet = out;
  try {
    const result = await run(task, out);
    outlet = null;
    send({ type: "result", result, memoryBytes: process.memoryUsage.rss() });
  } catch (error) {
    outlet = null;
    send({ type: "fault", fault: faultOf(error), memoryBytes: process.memoryUsage.rss() });
  }
}

async function run(task: ReadTask, out: Outlet): Promise<unknown> {
  const source = await openSource(task.file, () => out.worked());
  try {
    switch (task.kind) {
      case "preview":
        return await readPreview(source, task);
      case "dataset":
        return await readDataset(source, task, out);
      case "array":
        return await readArray(source, task, out);
      case "names":
        return await readNameList(source, task);
    }
  } finally {
    await source.close();
  }
}

function send(message: FromProcess): void {
  process.send?.(message);
}
