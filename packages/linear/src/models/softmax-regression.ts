import { setImmediate } from "node:timers/promises";
import { createRandom, shuffle, softmaxInto } from "@winnow/numeric";
import { LinearError } from "../errors.js";
import {
  LONGEST,
  longestText,
  NgramFeatures,
  type SparseText,
  type TokenTable,
  type TrainingTexts,
  tableBits,
} from "../features/ngram-features.js";

/** What the loss compares with, for some rows: each row of targets sums to 1, and so do the shares. */
export interface TargetBatch {
  readonly targets: Float32Array; // (B, C)
  readonly shares: Float32Array; // (B): each row's weight in the loss
}

/** A shard of a data set: its texts, the rows to learn from, and their targets. */
export interface TrainingShard {
  readonly tokens: TokenTable;
  readonly trainIndices: Int32Array;
  /** Soft targets, smoothing and class weights all arrive here. */
  readonly targetsOf: (rows: Int32Array) => TargetBatch;
}

/** The shards of a data set, of which one is in memory at a time. */
export interface TrainingRows extends TrainingTexts {
  readShard(shard: number): Promise<TrainingShard>;
}

/** All rows of a data set as one shard. */
export function rowsInMemory(shard: TrainingShard): TrainingRows {
  const { tokens, trainIndices } = shard;
  return {
    trainRows: [trainIndices.length],
    tokenCount: tokens.ids.length,
    longestText: longestText(tokens),
    readShard: async () => shard,
  };
}

export interface SoftmaxRegressionOptions {
  rows: TrainingRows;
  classes: number;
  seed: number;
  signal?: AbortSignal | undefined;
  /** Called after each batch, with the texts done of those that all epochs read together. */
  onProgress?: ((done: number, all: number) => void) | undefined;
}

/** All weights are held in memory, 64 MB at most; with many classes the rarest n-grams are left out. */
const MOST_WEIGHTS = 16e6;

const EPOCHS = 3;
/** The step size at the first text; it falls linearly to 0. */
const RATE = 4;
const BIAS_RATE = 0.4;
const BATCH = 256;

/** A fitted softmax regression over a text's n-grams. */
export class SoftmaxRegression {
  readonly #features: NgramFeatures;
  readonly #weights: Float32Array; // (features, C)
  readonly #bias: Float64Array; // (C)
  readonly #logits: Float64Array; // (C)

  constructor(features: NgramFeatures, weights: Float32Array, bias: Float64Array) {
    this.#features = features;
    this.#weights = weights;
    this.#bias = bias;
    this.#logits = new Float64Array(bias.length);
  }

  /** Writes the class probabilities of text `row` to `out` (C). Throws `training-diverged`. */
  probabilitiesInto(tokens: TokenTable, row: number, out: Float64Array): void {
    const logits = this.#logits;
    logits.set(this.#bias);
    addProducts(this.#features.of(tokens, row), this.#weights, 1, logits);
    if (!softmaxInto(logits, out)) throw diverged();
  }
}

/**
 * Fits the model text by text: stochastic gradient descent on the cross-entropy with an L2 penalty
 * of 1 / (2 n), which is scikit-learn's C = 1. An epoch takes the shards in a random order, and the rows
 * of each. The same options give the same weights everywhere. Throws `training-diverged`, `cancelled`.
 */
export async function fitSoftmaxRegression(
  options: SoftmaxRegressionOptions,
): Promise<SoftmaxRegression> {
  const { rows, classes, seed, signal, onProgress } = options;
  const n = rows.trainRows.reduce((sum, own) => sum + own, 0);
  const features = await NgramFeatures.learn(rows, mostFeatures(classes));
  const descent = new Descent(features, classes, n);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    // The stream's name decides the numbers, whatever this function is called.
    const random = createRandom(seed, "linear", epoch);
    for (const index of shuffle(random, [...rows.trainRows.keys()])) {
      const shard = await rows.readShard(index);
      const order = shuffle(random, Int32Array.from(shard.trainIndices));
      for (let start = 0; start < order.length; start += BATCH) {
        if (signal?.aborted) throw new LinearError("cancelled", "Training was cancelled.");
        descent.learn(shard, order.subarray(start, start + BATCH));
        onProgress?.(descent.step, softmaxRegressionSteps(n));
        await setImmediate();
      }
    }
  }
  return descent.finish();
}

/** The weights while they are fitted. */
class Descent {
  step = 0;
  readonly #features: NgramFeatures;
  readonly #n: number;
  readonly #weights: Float32Array; // (features, C)
  readonly #bias: Float64Array; // (C)
  readonly #logits: Float64Array; // (C)
  readonly #error: Float64Array; // (C)
  // The penalty shrinks every weight at every text: one common factor, multiplied in at the end.
  #shrunk = 1;

  constructor(features: NgramFeatures, classes: number, n: number) {
    this.#features = features;
    this.#n = n;
    this.#weights = new Float32Array(features.size * classes);
    this.#bias = new Float64Array(classes);
    this.#logits = new Float64Array(classes);
    this.#error = new Float64Array(classes);
  }

  learn({ tokens, targetsOf }: TrainingShard, rows: Int32Array): void {
    const bias = this.#bias;
    const logits = this.#logits;
    const error = this.#error;
    const weights = this.#weights;
    const classes = bias.length;
    const n = this.#n;
    const { targets, shares } = targetsOf(rows);
    rows.forEach((row, b) => {
      const left = 1 - this.step++ / (EPOCHS * n);
      const text = this.#features.of(tokens, row);
      logits.set(bias);
      addProducts(text, weights, this.#shrunk, logits);
      if (!softmaxInto(logits, error)) throw diverged();
      const weight = left * shares[b]! * rows.length;
      for (let c = 0; c < classes; c++) {
        error[c] = weight * (error[c]! - targets[b * classes + c]!);
        bias[c]! -= BIAS_RATE * error[c]!;
      }
      this.#shrunk /= 1 + (RATE * left) / n;
      subtractProducts(text, error, RATE / this.#shrunk, weights);
    });
  }

  finish(): SoftmaxRegression {
    const weights = this.#weights;
    for (let i = 0; i < weights.length; i++) weights[i]! *= this.#shrunk;
    return new SoftmaxRegression(this.#features, weights, this.#bias);
  }
}

/** How many n-grams a model of so many classes holds at most. */
export function mostFeatures(classes: number): number {
  return Math.floor(MOST_WEIGHTS / classes);
}

/** What `onProgress` counts to, of so many rows. */
export const softmaxRegressionSteps = (trainRows: number): number => EPOCHS * trainRows;

/** Memory of a model over texts of so many tokens together, at most. */
export function softmaxRegressionBytes(tokens: number, classes: number): number {
  // An n-gram that counts occurs at least twice.
  const features = Math.min(mostFeatures(classes), (LONGEST * tokens) / 2);
  return 4 * features * (classes + 2) + 4 * 2 ** tableBits(tokens);
}

const diverged = () =>
  new LinearError(
    "training-diverged",
    "The linear model's outputs are no longer finite numbers; check its targets and class weights.",
  );

/** logits += scale * sum over the text's features of value * weights. */
function addProducts(
  { columns, values, count }: SparseText,
  weights: Float32Array,
  scale: number,
  logits: Float64Array,
): void {
  const classes = logits.length;
  for (let i = 0; i < count; i++) {
    const at = columns[i]! * classes;
    const value = values[i]! * scale;
    for (let c = 0; c < classes; c++) logits[c]! += value * weights[at + c]!;
  }
}

/** weights -= scale * value * error at each of the text's features. */
function subtractProducts(
  { columns, values, count }: SparseText,
  error: Float64Array,
  scale: number,
  weights: Float32Array,
): void {
  const classes = error.length;
  for (let i = 0; i < count; i++) {
    const at = columns[i]! * classes;
    const value = values[i]! * scale;
    for (let c = 0; c < classes; c++) weights[at + c]! -= value * error[c]!;
  }
}
