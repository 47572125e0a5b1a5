import type { Probabilities } from "../source.js";

/** What the second pass keeps of each row, all of length n. */
export interface RowFacts {
  readonly labels: Int32Array;
  /** P[i][s_i]. */
  readonly selfConfidence: Probabilities;
  /** The largest probability of another class than the given one, and its first class. */
  readonly otherProbability: Probabilities;
  readonly otherClass: Int32Array;
  /** The guessed true class of the confident joint; -1 for a row that is not counted. */
  readonly guess: Int32Array;
}

/** Sums over all rows of the second pass. */
export interface ScanTotals {
  /** (k, k), row = given, column = guess. */
  readonly counts: Int32Array;
  oddSums: number;
  firstOddSum: number;
  firstOddSumValue: number;
}

/** The row's argmax over all classes, the first maximum. */
export function argmaxOf(facts: RowFacts, row: number): number {
  const self = facts.selfConfidence[row]!;
  const other = facts.otherProbability[row]!;
  const label = facts.labels[row]!;
  const otherClass = facts.otherClass[row]!;
  return other > self || (other === self && otherClass < label) ? otherClass : label;
}

/**
 * The inner loop of pass 2 over rows `first` to `last` of `probs` (rows, k), whose first row has the
 * index `base` among all. Stops before the first row that holds anything but probabilities and
 * returns where; `last` when all went well. One look at each number, no allocation.
 */
export function scanRows(
  probs: Probabilities,
  first: number,
  last: number,
  k: number,
  base: number,
  cuts: Float64Array,
  facts: RowFacts,
  totals: ScanTotals,
  paper: boolean,
): number {
  const { labels, otherProbability, otherClass, guess } = facts;
  const { counts } = totals;
  for (let r = first; r < last; r++) {
    const row = base + r;
    const label = labels[row]!;
    const at = r * k;
    let sum = 0;
    let lowest = 0;
    let max = -1;
    let arg = -1;
    let confident = 0;
    let confidentClass = -1;
    let confidentMax = -1;
    // the given class is left out of the maximum: both margins follow from it
    let from = 0;
    let to = label;
    for (;;) {
      for (let j = from; j < to; j++) {
        const p = probs[at + j]!;
        sum += p;
        if (p > max) {
          max = p;
          arg = j;
        }
        if (p < lowest) lowest = p;
        if (p >= cuts[j]!) {
          confident += 1;
          if (p > confidentMax) {
            confidentMax = p;
            confidentClass = j;
          }
        }
      }
      if (to === k) break;
      const p = probs[at + label]!;
      sum += p;
      if (p < lowest) lowest = p;
      if (p >= cuts[label]!) {
        confident += 1;
        if (p > confidentMax) {
          confidentMax = p;
          confidentClass = label;
        }
      }
      from = label + 1;
      to = k;
      if (from === k) break;
    }
    const self = probs[at + label]!;
    // NaN and infinities reach the sum
    if (!(lowest >= 0 && max <= 1 && self <= 1 && sum < Number.POSITIVE_INFINITY)) return r;
    if (sum < 0.99 || sum > 1.01) {
      if (totals.oddSums === 0) {
        totals.firstOddSum = row;
        totals.firstOddSumValue = sum;
      }
      totals.oddSums += 1;
    }
    otherProbability[row] = max;
    otherClass[row] = arg;
    let guessed = confidentClass;
    if (confident > 1 && !paper) {
      guessed = max > self || (max === self && arg < label) ? arg : label;
    }
    guess[row] = guessed;
    if (guessed >= 0) counts[label * k + guessed]! += 1;
  }
  return last;
}
