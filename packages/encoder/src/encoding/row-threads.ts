import { Worker } from "node:worker_threads";
import type { EncoderConfig } from "../model/config.js";
import type { Weights } from "../model/parameters.js";
import type { TokenBatch } from "../text/batches.js";
import { type RowEngine, runsOnOneThread } from "./row-engine.js";

/** Engines that compute at the same time, each a batch. */
export interface RowPool {
  readonly engines: readonly Pick<RowEngine, "rows">[];
  close(): Promise<void>;
}

/**
 * As many engines on threads of their own, with wasm; where the backend uses all cores by itself, or one
 * thread is wanted, the own engine alone. A batch has the same vectors on each.
 */
export async function openRowPool(
  threads: number,
  { config, weights, own }: { config: EncoderConfig; weights: Weights; own(): Promise<RowEngine> },
): Promise<RowPool> {
  if (threads <= 1 || !runsOnOneThread()) return { engines: [await own()], close: async () => {} };
  const workerData = { config, weights: sharedWeights(weights) };
  const workers = Array.from({ length: threads }, () => {
    return new Worker(new URL("./row-worker.js", import.meta.url), { workerData });
  });
  return {
    engines: workers.map((worker) => ({ rows: (tokens) => rowsOf(worker, tokens) })),
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** Memory that all threads read. */
function sharedWeights(weights: Weights): Weights {
  return new Map(
    Array.from(weights, ([name, { shape, values }]) => {
      const copy = new Float32Array(new SharedArrayBuffer(values.byteLength));
      copy.set(values);
      return [name, { shape, values: copy }];
    }),
  );
}

function rowsOf(worker: Worker, tokens: TokenBatch): Promise<Float32Array> {
  return new Promise((resolve, reject) => {
    let failure = new Error("a thread ended before its texts were encoded");
    const end = () => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
    };
    const onMessage = (rows: Float32Array) => {
      end();
      resolve(rows);
    };
    const onError = (error: Error) => {
      failure = error;
    };
    const onExit = () => {
      end();
      reject(failure);
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage(tokens);
  });
}
