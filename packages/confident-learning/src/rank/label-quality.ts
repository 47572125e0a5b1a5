import type { Probabilities } from "../input/source.js";
import { pairwiseSum } from "../numeric/pairwise-sum.js";

/** The scores of cleanlab 2, lower = worse. */
export type QualityScore = "self_confidence" | "normalized_margin" | "confidence_weighted_entropy";

/** Scores one row of probabilities at `at` in `probs` under its given label. */
export type RowScore = (probs: Probabilities, at: number, given: number) => number;

/**
 * The label quality score for rows of k classes, in float32 arithmetic when `single`. `adjustBy`,
 * the class thresholds, adjusts the row first: P - t + max(t), normalized to sum to 1.
 */
export function rowScore(
  score: QualityScore,
  k: number,
  single: boolean,
  adjustBy?: Float64Array,
): RowScore {
  if (score === "confidence_weighted_entropy") return entropyScore(k, single);
  const plain = score === "self_confidence" ? selfConfidence : marginScore(k, single);
  if (adjustBy === undefined) return plain;
  const row = single ? new Float32Array(k) : new Float64Array(k);
  const highest = adjustBy.reduce((a, b) => Math.max(a, b));
  return (probs, at, given) => {
    // writing into a Float32Array rounds as float32 arithmetic does
    for (let j = 0; j < k; j++) row[j] = probs[at + j]! - adjustBy[j]!;
    for (let j = 0; j < k; j++) row[j] = row[j]! + highest;
    const sum = pairwiseSum(row);
    for (let j = 0; j < k; j++) row[j] = row[j]! / sum;
    return plain(row, 0, given);
  };
}

function selfConfidence(probs: Probabilities, at: number, given: number): number {
  return probs[at + given]!;
}

function marginScore(k: number, single: boolean): RowScore {
  return (probs, at, given) => {
    let other = -1;
    for (let j = 0; j < k; j++) if (j !== given && probs[at + j]! > other) other = probs[at + j]!;
    return halfMargin(probs[at + given]!, other, single);
  };
}

/** (self - other + 1) / 2. */
export function halfMargin(self: number, other: number, single: boolean): number {
  const f = Math.fround;
  return single ? f(f(f(self - other) + 1) / 2) : (self - other + 1) / 2;
}

const SMALLEST = 1e-6;

function entropyScore(k: number, single: boolean): RowScore {
  const narrow = single ? Math.fround : (value: number) => value;
  const terms = single ? new Float32Array(k) : new Float64Array(k);
  const logK = Math.log(k);
  return (probs, at, given) => {
    for (let j = 0; j < k; j++) {
      const p = probs[at + j]!;
      terms[j] = p > 0 ? p * narrow(Math.log(p)) : 0;
    }
    const entropy = narrow(-pairwiseSum(terms) / logK);
    const x = narrow(entropy / Math.max(probs[at + given]!, narrow(SMALLEST)));
    return narrow(narrow(Math.log(narrow(x + 1))) / Math.max(x, narrow(SMALLEST)));
  };
}
