import { Worker } from "node:worker_threads";
import { EncoderError, type FitLinearPart } from "@winnow/encoder";
import { LinearError } from "@winnow/linear";
import type { RowsPlace } from "../inputs/rows-place.js";
import type { LinearAnswer, LinearThreadData } from "./linear-thread.js";

/**
 * Fits the linear part in a thread of its own, to the rows of a place, which it opens itself: the network
 * trains meanwhile, and a step of it never waits. Throws `LinearError`; `cancelled` where the training
 * ends before it.
 */
export const linearPartInThread =
  (place: RowsPlace): FitLinearPart =>
  ({ plan: { classWeights, labelSmoothing }, classes, seed }, signal) =>
    inThread({ place, plan: { classWeights, labelSmoothing }, classes, seed }, signal);

async function inThread(data: LinearThreadData, signal: AbortSignal): Promise<Float32Array> {
  const thread = new Worker(new URL("./linear-thread.js", import.meta.url), { workerData: data });
  const stop = () => void thread.terminate();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const answer = await new Promise<LinearAnswer>((resolve, reject) => {
      thread.once("message", resolve);
      thread.once("error", reject);
      thread.once("exit", (code) => reject(endedEarly(signal, code)));
    });
    if ("probs" in answer) return answer.probs;
    const { code, message } = answer.failure;
    throw code === null ? new Error(`The linear part: ${message}`) : new LinearError(code, message);
  } finally {
    signal.removeEventListener("abort", stop);
    await thread.terminate();
  }
}

const endedEarly = (signal: AbortSignal, code: number): Error =>
  signal.aborted
    ? new EncoderError("cancelled", "The linear part was cancelled.")
    : new Error(`The thread of the linear part ended with exit code ${code}.`);
