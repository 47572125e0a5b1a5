import { parentPort, workerData } from "node:worker_threads";
import { type LinearPartData, linearPartHere } from "@winnow/encoder/linear-part";
import { fitSoftmaxRegression, LinearError, type LinearErrorCode } from "@winnow/linear";
import { openRows, type RowsPlace } from "../inputs/rows-place.js";

/** What the thread answers: the probabilities, or the error, whose class would not pass. */
export type LinearAnswer =
  | { readonly probs: Float32Array<ArrayBuffer> }
  | { readonly failure: { readonly code: LinearErrorCode | null; readonly message: string } };

/** What the thread is given. */
export interface LinearThreadData extends Omit<LinearPartData, "rows"> {
  readonly place: RowsPlace;
}

// A thread that fits a fold's linear part while the main thread trains the network.

parentPort?.postMessage(await answer(workerData as LinearThreadData));

async function answer({ place, ...data }: LinearThreadData): Promise<LinearAnswer> {
  try {
    const fitted = await linearPartHere(fitSoftmaxRegression, { ...data, rows: openRows(place) });
    return { probs: fitted as Float32Array<ArrayBuffer> };
  } catch (error) {
    const code = error instanceof LinearError ? error.code : null;
    return { failure: { code, message: error instanceof Error ? error.message : String(error) } };
  }
}
