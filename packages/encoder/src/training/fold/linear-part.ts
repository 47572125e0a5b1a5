import { EncoderError } from "../../errors.js";
import type { TokenTable } from "../../text/tokenizer.js";
import type { TrainingPlan } from "../recipe/recipe.js";
import { createTargets, type TargetBatch } from "../steps/targets.js";
import type { FoldRows } from "./fold-rows.js";

export { type FoldRows, type WholeFold, wholeRows } from "./fold-rows.js";

// Also an entry of its own, "@winnow/encoder/linear-part", for the thread that fits the linear part:
// nothing here loads TensorFlow.

/** What the linear part is fitted to, and what it predicts. */
export interface LinearPartData {
  readonly rows: FoldRows;
  readonly plan: Pick<TrainingPlan, "classWeights" | "labelSmoothing">;
  readonly classes: number;
  readonly seed: number;
}

/**
 * Fits the linear part, beside the network, and returns the held-out rows' probabilities:
 * (held-out rows, classes). It is an argument, so that this package knows no model but its own.
 */
export type FitLinearPart = (data: LinearPartData, signal: AbortSignal) => Promise<Float32Array>;

/** A fitted model. */
export interface LinearModel {
  /** Writes the class probabilities of text `row` to `out` (C). */
  probabilitiesInto(tokens: TokenTable, row: number, out: Float64Array): void;
}

/** Fits a model to rows and the targets that the network trains on, shard by shard. */
export type FitLinearModel = (data: {
  readonly rows: Pick<FoldRows, "trainRows" | "tokenCount" | "longestText"> & {
    readShard(shard: number): Promise<{
      readonly tokens: TokenTable;
      readonly trainIndices: Int32Array;
      readonly targetsOf: (rows: Int32Array) => TargetBatch;
    }>;
  };
  readonly classes: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}) => Promise<LinearModel>;

/** Fits a linear part by `fit` in this thread. */
export async function linearPartHere(
  fit: FitLinearModel,
  { rows, plan, classes, seed }: LinearPartData,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { trainRows, tokenCount, longestText, classCounts, testLabels } = rows;
  const model = await fit({
    rows: {
      ...{ trainRows, tokenCount, longestText },
      async readShard(index) {
        const shard = await rows.readShard(index);
        const { tokens, trainIndices } = shard;
        return { tokens, trainIndices, targetsOf: createTargets(shard, classCounts, plan) };
      },
    },
    ...{ classes, seed, signal },
  });
  const probs = new Float32Array(testLabels.length * classes);
  const own = new Float64Array(classes);
  for (const index of rows.texts.keys()) {
    const { tokens, testIndices, testPlaces } = await rows.readShard(index);
    testIndices.forEach((row, i) => {
      model.probabilitiesInto(tokens, row, own);
      probs.set(own, testPlaces[i]! * classes);
    });
  }
  return probs;
}

/** The linear part of a fold: fitted beside the training, or taken from a checkpoint. */
export interface LinearPart {
  /** The held-out rows' probabilities once they are there, else null. */
  readonly probs: Float32Array | null;
  /** Throws what the fitting threw, as soon as it has. */
  check(): void;
  /** Waits for the probabilities. */
  finished(): Promise<Float32Array>;
  /** Ends a fitting that nobody waits for. */
  stop(): void;
}

/** Starts the fitting; `saved` are the probabilities of a checkpoint. Throws `bad-training-options`. */
export function startLinearPart(
  fit: FitLinearPart | undefined,
  data: LinearPartData,
  saved: Float32Array | null,
): LinearPart {
  if (fit === undefined) {
    throw new EncoderError(
      "bad-training-options",
      "Training: the plan has a linear part, but no fitLinearPart was passed.",
    );
  }
  const stopped = new AbortController();
  let probs = saved;
  let failure: { error: unknown } | null = null;
  const fitted = saved !== null ? Promise.resolve(saved) : fit(data, stopped.signal);
  fitted.then(
    (found) => {
      probs = found;
    },
    (error: unknown) => {
      failure = { error };
    },
  );
  return {
    get probs() {
      return probs;
    },
    check() {
      if (failure !== null) throw failure.error;
    },
    finished: () => fitted,
    stop: () => stopped.abort(),
  };
}

/** Replaces `probs` (rows, C) by the mean of it and the linear part's probabilities. */
export function averageInto(linear: Float32Array, probs: Float32Array): void {
  probs.forEach((p, i) => {
    probs[i] = (p + linear[i]!) / 2;
  });
}
