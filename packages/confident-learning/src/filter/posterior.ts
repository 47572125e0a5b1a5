import type { Probabilities } from "../input/source.js";

/** P(given | true) as the non-zero entries of each given label's row, true classes ascending. */
export interface Transition {
  readonly k: number;
  readonly start: Int32Array;
  readonly trueClass: Int32Array;
  readonly weight: Float64Array;
}

/**
 * The posterior's T[g][j] = J[g][j] / sum over g of J[g][j] (docs/explanation/methods.md), from the
 * calibrated joint of cleanlab 2.
 */
export function transitionOf(calibratedV2: ArrayLike<number>, k: number): Transition {
  const columnSums = new Float64Array(k);
  for (let g = 0; g < k; g++) {
    for (let j = 0; j < k; j++) columnSums[j]! += calibratedV2[g * k + j]!;
  }
  const start = new Int32Array(k + 1);
  const trueClass: number[] = [];
  const weight: number[] = [];
  for (let g = 0; g < k; g++) {
    for (let j = 0; j < k; j++) {
      const count = calibratedV2[g * k + j]!;
      if (count === 0) continue;
      trueClass.push(j);
      weight.push(count / columnSums[j]!);
    }
    start[g + 1] = trueClass.length;
  }
  return { k, start, trueClass: Int32Array.from(trueClass), weight: Float64Array.from(weight) };
}

/** The posterior of each row; set only for the requested rows. */
export interface PosteriorFacts {
  readonly errorProbability: Float64Array;
  readonly suggested: Int32Array;
  readonly suggestedProbability: Float64Array;
}

/**
 * The posterior of one row at `at` in `probs` with label `given`: w_j is P[i][j] * T[given][j],
 * normalized to sum to 1; the error probability is 1 - w_given, the suggestion the first largest w.
 * If every product of a row is 0, P itself is used; if P is all 0, every class is equally likely.
 */
export function posteriorOfRow(
  probs: Probabilities,
  at: number,
  row: number,
  given: number,
  transition: Transition,
  facts: PosteriorFacts,
): void {
  const { trueClass, weight } = transition;
  const end = transition.start[given + 1]!;
  let sum = 0;
  let self = 0;
  let max = -1;
  let arg = -1;
  for (let e = transition.start[given]!; e < end; e++) {
    const j = trueClass[e]!;
    const w = probs[at + j]! * weight[e]!;
    sum += w;
    if (w > max) {
      max = w;
      arg = j;
    }
    if (j === given) self = w;
  }
  if (!(sum > 0)) {
    max = -1;
    sum = 0;
    for (let j = 0; j < transition.k; j++) {
      const p = probs[at + j]!;
      sum += p;
      if (p > max) {
        max = p;
        arg = j;
      }
    }
    self = probs[at + given]!;
    if (sum === 0) {
      sum = transition.k;
      self = 1;
      max = 1;
    }
  }
  facts.errorProbability[row] = 1 - self / sum;
  facts.suggested[row] = arg;
  facts.suggestedProbability[row] = max / sum;
}

/** Writes the whole posterior of one row to `weights` (k), which then sum to 1. */
export function posteriorWeights(
  probs: Probabilities,
  at: number,
  given: number,
  transition: Transition,
  weights: Float64Array,
): void {
  const { trueClass, weight } = transition;
  weights.fill(0);
  let sum = 0;
  for (let e = transition.start[given]!; e < transition.start[given + 1]!; e++) {
    const j = trueClass[e]!;
    weights[j] = probs[at + j]! * weight[e]!;
    sum += weights[j]!;
  }
  if (!(sum > 0)) {
    for (let j = 0; j < weights.length; j++) {
      weights[j] = probs[at + j]!;
      sum += weights[j]!;
    }
    if (sum === 0) sum = weights.fill(1).length;
  }
  for (let j = 0; j < weights.length; j++) weights[j]! /= sum;
}
