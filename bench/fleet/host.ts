// One process of the fleet. Each of its workers is a `worker --once` that begins anew after its delivery, as
// the Jobs of Kubernetes do; everything is real but the training: a fold sleeps, then writes its probabilities.
//   node host.js '{"workers":20,"foldMs":20000,"staggerMs":5000,"seed":1}', with a worker's environment

import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { TASK_KINDS } from "@winnow/contracts";
import { writeFold } from "@winnow/store";
import {
  type Handler,
  type HandlerRegistry,
  readConfig,
  retryOnOutage,
  startWorker,
} from "@winnow/worker";
import { pino } from "pino";
import { uniform } from "../generated/uniform.js";
import { foldRows } from "./folds.js";

export interface HostOptions {
  readonly workers: number;
  /** Mean of a fold's training, which takes half to one and a half of it. */
  readonly foldMs: number;
  /** Its workers start at random within this time, as the pods of a node do; 0: in the same moment. */
  readonly staggerMs: number;
  readonly seed: number;
}

/** What one worker of the host did, sent when it has closed. */
export interface WorkerReport {
  readonly end: "delivered" | "idle" | "closed" | "failed";
  /** From its start to its readiness, and from the end of its delivery to its own. */
  readonly startMs: number;
  readonly closeMs: number;
  /** The fold's training, and the writing of its result; 0 where it did not come so far. */
  readonly trainedMs: number;
  readonly writtenMs: number;
  /** CPU of the host so far. */
  readonly cpuSeconds: number;
}

const { workers, foldMs, staggerMs, seed } = JSON.parse(process.argv[2]!) as HostOptions;
const config = readConfig(process.env, { once: true });
const log = pino({ name: "fleet", level: config.logLevel }, pino.destination(2));
const draw = uniform(seed);
const stopping = new AbortController();
setMaxListeners(0, stopping.signal);
const stopped = new Promise<"closed">((resolve) => {
  stopping.signal.addEventListener("abort", () => resolve("closed"));
});
process.once("SIGTERM", () => stopping.abort());
process.once("disconnect", () => process.exit(1));

await Promise.all(Array.from({ length: workers }, runWorkers));
process.exit(0);

async function runWorkers(): Promise<void> {
  await sleep(staggerMs * draw(), undefined, { signal: stopping.signal }).catch(() => {});
  while (!stopping.signal.aborted) {
    const report = await runOne();
    process.send?.(report, () => {}); // the parent may be gone by now
    if (report.end === "failed") await sleep(1_000);
  }
}

async function runOne(): Promise<WorkerReport> {
  const spent = { trainedMs: 0, writtenMs: 0 };
  const from = performance.now();
  let [ready, done] = [from, from];
  let end: WorkerReport["end"] = "failed";
  try {
    const worker = await startWorker(config, log, () => {}, stopping.signal, registry(spent));
    ready = performance.now();
    try {
      end = await Promise.race([worker.once!.ended, stopped]);
    } finally {
      done = performance.now();
      await worker.close();
    }
  } catch (error) {
    if (stopping.signal.aborted) end = "closed";
    else log.error({ err: error }, "a worker of the fleet failed");
  }
  const { user, system } = process.cpuUsage();
  return {
    end,
    startMs: ready - from,
    closeMs: performance.now() - done,
    ...spent,
    cpuSeconds: (user + system) / 1e6,
  };
}

function registry(spent: { trainedMs: number; writtenMs: number }): HandlerRegistry {
  const handler: Handler = async (claim, { store, signal, beat }) => {
    const from = performance.now();
    beat({ phase: "training", step: 0, steps: 1 });
    await sleep(foldMs * (0.5 + draw()), undefined, { signal });
    const trained = performance.now();
    const figures = {
      ...{ trainRows: 0, testRows: 0, accuracy: 0, loss: 0, epochs: [], backend: {} },
      seconds: (trained - from) / 1000,
    };
    await retryOnOutage(() => writeFold(store, claim, foldRows(claim), figures));
    spent.trainedMs = trained - from;
    spent.writtenMs = performance.now() - trained;
  };
  return Object.fromEntries(TASK_KINDS.map((kind) => [kind, handler])) as HandlerRegistry;
}
