import { setImmediate } from "node:timers/promises";
import { EncoderError } from "../errors.js";
import { createRandom, shuffle } from "../numeric/random.js";
import { softmaxInto } from "../numeric/softmax.js";
import { LONGEST, NgramFeatures, type SparseText, tableBits } from "../text/text-ngrams.js";
import type { TokenTable } from "../text/tokenizer.js";
import type { TargetBatch } from "./targets.js";

export interface LinearOptions {
  /** All texts of the data set. */
  tokens: TokenTable;
  trainIndices: Int32Array;
  classes: number;
  seed: number;
  /** As the network's own: soft targets, smoothing and class weights count here too. */
  targetsOf: (rows: Int32Array) => TargetBatch;
  signal?: AbortSignal | undefined;
}

/** The weights are held whole, 64 MB at the most; with many classes the rarest n-grams are left out. */
export const MOST_LINEAR_WEIGHTS = 16e6;

const EPOCHS = 3;
/** At the first text; it falls to 0 in a straight line. */
const RATE = 4;
const BIAS_RATE = 0.4;
const BATCH = 256;

/** Softmax regression over a text's n-grams: the part that a network learns late or never. */
export class LinearModel {
  constructor(
    private readonly features: NgramFeatures,
    private readonly weights: Float32Array, // (features, C)
    private readonly bias: Float64Array, // (C)
  ) {}

  /** Puts the mean of `probs` (rows, C) and this model's own probabilities in its place. */
  averageInto(probs: Float32Array, rows: Int32Array): void {
    const classes = this.bias.length;
    const logits = new Float64Array(classes);
    const own = new Float64Array(classes);
    rows.forEach((row, i) => {
      logits.set(this.bias);
      addProducts(this.features.of(row), this.weights, 1, logits);
      softmaxInto(logits, own);
      const at = i * classes;
      for (let c = 0; c < classes; c++) probs[at + c] = (probs[at + c]! + own[c]!) / 2;
    });
  }
}

/**
 * Fits the model text by text: stochastic gradient descent on the cross-entropy with an L2 penalty
 * of 1 / (2 n), which is scikit-learn's C = 1. The same options give the same weights everywhere.
 * Throws `cancelled`.
 */
export async function trainLinear(options: LinearOptions): Promise<LinearModel> {
  const { tokens, trainIndices, classes, seed, targetsOf, signal } = options;
  const n = trainIndices.length;
  const features = new NgramFeatures(tokens, trainIndices, mostFeatures(classes));
  const weights = new Float32Array(features.size * classes);
  const bias = new Float64Array(classes);
  const logits = new Float64Array(classes);
  const error = new Float64Array(classes);
  // The penalty shrinks every weight at every text: it is one number, multiplied in at the end.
  let shrunk = 1;
  let step = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = shuffle(createRandom(seed, "linear", epoch), Int32Array.from(trainIndices));
    for (let start = 0; start < n; start += BATCH) {
      if (signal?.aborted) throw new EncoderError("cancelled", "Training was cancelled.");
      const rows = order.subarray(start, start + BATCH);
      const { targets, shares } = targetsOf(rows);
      rows.forEach((row, b) => {
        const left = 1 - step++ / (EPOCHS * n);
        const text = features.of(row);
        logits.set(bias);
        addProducts(text, weights, shrunk, logits);
        softmaxInto(logits, error);
        const weight = left * shares[b]! * rows.length;
        for (let c = 0; c < classes; c++) {
          error[c] = weight * (error[c]! - targets[b * classes + c]!);
          bias[c]! -= BIAS_RATE * error[c]!;
        }
        shrunk /= 1 + (RATE * left) / n;
        subtractProducts(text, error, RATE / shrunk, weights);
      });
      await setImmediate();
    }
  }
  for (let i = 0; i < weights.length; i++) weights[i]! *= shrunk;
  return new LinearModel(features, weights, bias);
}

/** So many n-grams at the most. */
export function mostFeatures(classes: number): number {
  return Math.floor(MOST_LINEAR_WEIGHTS / classes);
}

/** Memory of a model over texts of so many pieces together, at the most. */
export function linearBytes(pieces: number, classes: number): number {
  // Every n-gram that counts is met twice and more.
  const features = Math.min(mostFeatures(classes), (LONGEST * pieces) / 2);
  return 4 * features * (classes + 2) + 4 * 2 ** tableBits(pieces);
}

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
