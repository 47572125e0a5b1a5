import { parentPort, workerData } from "node:worker_threads";
import { type LinearPartData, linearPartHere } from "@winnow/encoder/linear-part";
import { fitSoftmaxRegression, LinearError, type LinearErrorCode } from "@winnow/linear";

/** What the thread answers: the probabilities, or the error, whose class would not pass. */
export type LinearAnswer =
  | { readonly probs: Float32Array<ArrayBuffer> }
  | { readonly failure: { readonly code: LinearErrorCode | null; readonly message: string } };

// A thread that fits a fold's linear part while the main thread trains the network.

parentPort?.postMessage(await answer(workerData as LinearPartData));

async function answer(data: LinearPartData): Promise<LinearAnswer> {
  try {
    return {
      probs: (await linearPartHere(fitSoftmaxRegression, data)) as Float32Array<ArrayBuffer>,
    };
  } catch (error) {
    const code = error instanceof LinearError ? error.code : null;
    return { failure: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}
