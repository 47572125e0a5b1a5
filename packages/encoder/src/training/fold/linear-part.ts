import { EncoderError } from "../../errors.js";
import type { TokenTable } from "../../text/tokenizer.js";
import type { TargetBatch } from "../steps/targets.js";

/** A model fitted beside the network: held-out rows get the mean of both models' probabilities. */
export interface LinearPart {
  /** Writes the class probabilities of text `row` to `out` (C). */
  probabilitiesInto(row: number, out: Float64Array): void;
}

/** What the linear part is fitted to: the rows and targets that the network trains on. */
export interface LinearPartData {
  readonly tokens: TokenTable;
  readonly trainIndices: Int32Array;
  readonly classes: number;
  readonly seed: number;
  readonly targetsOf: (rows: Int32Array) => TargetBatch;
  readonly signal?: AbortSignal | undefined;
}

/** Fits the linear part. It is an argument, so that this package knows no model but its own. */
export type FitLinearPart = (data: LinearPartData) => Promise<LinearPart>;

/** Returns the function that was passed; throws `bad-training-options` if there is none. */
export function requiredLinearPart(fit: FitLinearPart | undefined): FitLinearPart {
  if (fit !== undefined) return fit;
  throw new EncoderError(
    "bad-training-options",
    "Training: the plan has a linear part, but no fitLinearPart was passed.",
  );
}

/** Replaces `probs` (rows, C) by the mean of it and the linear part's probabilities. */
export function averageInto(part: LinearPart, probs: Float32Array, rows: Int32Array): void {
  const classes = probs.length / rows.length;
  const own = new Float64Array(classes);
  rows.forEach((row, i) => {
    part.probabilitiesInto(row, own);
    const at = i * classes;
    for (let c = 0; c < classes; c++) probs[at + c] = (probs[at + c]! + own[c]!) / 2;
  });
}
