import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { LinearError } from "../errors.js";
import { type FoldModels, solveFold } from "./fold-models.js";

/** Numbers of the matrices that all threads hold together, 64 MB. */
export const THREAD_CELLS = 1 << 23;
/** Matrices of a fold's solution. */
export const MATRICES = 3;

/**
 * Solves all folds, each on one thread, in this one if `threads` is 1. The result does not depend on the
 * number of threads. Throws `cancelled`.
 */
export async function solveFolds(
  all: FoldModels,
  threads: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const folds = Array.from({ length: all.folds }, (_, fold) => fold).values();
  const check = () => {
    if (signal?.aborted) throw new LinearError("cancelled", "The vectors' model was cancelled.");
  };
  const most = Math.floor(THREAD_CELLS / (MATRICES * all.d ** 2));
  const workers = Math.min(threads, most, all.folds);
  if (workers <= 1) {
    for (const fold of folds) {
      check();
      solveFold(all, fold);
      await setImmediate();
    }
    return;
  }
  const pool = Array.from({ length: workers }, () => {
    return new Worker(new URL("./fold-worker.js", import.meta.url), { workerData: all });
  });
  try {
    const work = async (worker: Worker) => {
      for (const fold of folds) {
        check();
        await asked(worker, fold);
      }
    };
    await Promise.all(pool.map(work));
  } finally {
    await Promise.all(pool.map((worker) => worker.terminate()));
  }
}

/** Sends a fold and waits for the answer. Rejects where the thread ends before. */
function asked(worker: Worker, fold: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure = new Error("a thread ended before its fold was solved");
    const end = () => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
    };
    const onMessage = () => {
      end();
      resolve();
    };
    const onError = (error: Error) => {
      failure = error;
    };
    const onExit = () => {
      end();
      reject(failure);
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage(fold);
  });
}
