import { ConfidentLearningError } from "../errors.js";
import type { Probabilities } from "./source.js";

/**
 * How far outside [0, 1] a probability may be; it is then clipped. Published data contain 1.00001.
 */
const OUTSIDE_TOLERANCE = 1e-4;

/** The value clipped to [0, 1]; undefined if it is not a probability. */
export function clipProbability(value: number): number | undefined {
  // adding 0 turns -0 into 0
  if (value >= 0 && value <= 1) return value + 0;
  if (!(value >= -OUTSIDE_TOLERANCE && value <= 1 + OUTSIDE_TOLERANCE)) return undefined;
  return value < 0 ? 0 : 1;
}

/**
 * One probability, clipped to [0, 1]; throws an error that names row and class if it is not one.
 */
export function checkedProbability(value: number, row: number, klass: number): number {
  const clipped = clipProbability(value);
  if (clipped !== undefined) return clipped;
  const where = `row ${row}, class ${klass}: the probability is ${value}`;
  throw Number.isFinite(value)
    ? new ConfidentLearningError("probability-out-of-range", `${where}, outside [0, 1]`, {
        row,
        class: klass,
      })
    : new ConfidentLearningError("probability-not-finite", where, { row, class: klass });
}

/** A copy of `count` rows from `first` with every probability checked and clipped to [0, 1]. */
export function checkedRows(
  probs: Probabilities,
  first: number,
  count: number,
  k: number,
  row: number,
): Probabilities {
  const copy = probs.slice(first * k, (first + count) * k);
  for (let i = 0; i < copy.length; i++) {
    copy[i] = checkedProbability(copy[i]!, row + Math.floor(i / k), i % k);
  }
  return copy;
}
