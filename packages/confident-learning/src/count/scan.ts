import type { Probabilities } from "../input/source.js";
import { gatherAll, gatherDouble, gatherSingle } from "./gather.js";

/** What is stored for each row; all arrays have length n. */
export interface RowFacts extends ScanFacts {
  /** P[i][s_i]. */
  readonly selfConfidence: Probabilities;
}

/** The part that the second pass reads (the labels) and writes. */
export interface ScanFacts {
  readonly labels: Int32Array;
  /**
   * The largest probability of a class other than the given one, and the first class that has it.
   */
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
  /** Whether some probabilities lie just outside [0, 1]. */
  clipped: boolean;
}

/** The rules of pass 2, and its working memory. */
export interface ScanRules {
  readonly k: number;
  readonly cuts: Float64Array;
  /** Among several confident classes the paper guesses the one with the largest probability. */
  readonly paper: boolean;
  readonly smallestCut: number;
  readonly candidates: Int32Array;
  readonly sum: Float64Array;
}

/** Rules for `cuts` (k): the probability from which on a row is confident, by class. */
export function scanRules(cuts: Float64Array, paper: boolean): ScanRules {
  const k = cuts.length;
  const smallestCut = cuts.reduce((a, b) => Math.min(a, b));
  return { k, cuts, paper, smallestCut, candidates: new Int32Array(k), sum: new Float64Array(1) };
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
 * Pass 2 over rows `first` to `last` of `probs` (rows, k), whose first row has the index `base`
 * among all. Stops before the first row that contains anything but probabilities and returns its
 * index; returns `last` if there is none. Reads each number once, and allocates nothing per row.
 */
export function scanRows(
  probs: Probabilities,
  first: number,
  last: number,
  base: number,
  rules: ScanRules,
  facts: ScanFacts,
  totals: ScanTotals,
): number {
  const { k, candidates, sum, smallestCut } = rules;
  const { labels } = facts;
  const single = probs instanceof Float32Array;
  const bits = single ? new Uint32Array(probs.buffer, probs.byteOffset, probs.length) : NO_BITS;
  const limit = single ? bitsBelow(smallestCut) : numberBelow(smallestCut);
  for (let r = first; r < last; r++) {
    const at = r * k;
    const label = labels[base + r]!;
    let found: number;
    if (!(smallestCut > 0)) found = gatherAll(probs, at, label, k, candidates, sum);
    else if (single) found = gatherSingle(probs, bits, at, label, k, limit, candidates, sum);
    else found = gatherDouble(probs, at, label, k, limit, candidates, sum);
    if (!judgeRow(probs, at, base + r, found, rules, facts, totals)) return r;
  }
  return last;
}

/**
 * Writes the facts of one row from its candidates; returns false if it does not hold probabilities.
 */
function judgeRow(
  probs: Probabilities,
  at: number,
  row: number,
  found: number,
  rules: ScanRules,
  facts: ScanFacts,
  totals: ScanTotals,
): boolean {
  const { cuts, candidates } = rules;
  const label = facts.labels[row]!;
  const self = probs[at + label]!;
  if (!(self >= 0 && self <= 1)) return false;
  let max = 0;
  let arg = label === 0 ? 1 : 0;
  let confident = 0;
  let confidentMax = -1;
  let confidentClass = -1;
  if (self >= cuts[label]!) {
    confident = 1;
    confidentMax = self;
    confidentClass = label;
  }
  for (let c = 0; c < found; c++) {
    const j = candidates[c]!;
    const p = probs[at + j]!;
    if (!(p >= 0 && p <= 1) || Object.is(p, -0)) return false;
    if (p > max) {
      max = p;
      arg = j;
    }
    if (p >= cuts[j]!) {
      confident += 1;
      if (p > confidentMax || (p === confidentMax && j < confidentClass)) {
        confidentMax = p;
        confidentClass = j;
      }
    }
  }
  const sum = rules.sum[0]!;
  if (sum < 0.99 || sum > 1.01) {
    if (totals.oddSums === 0) {
      totals.firstOddSum = row;
      totals.firstOddSumValue = sum;
    }
    totals.oddSums += 1;
  }
  facts.otherProbability[row] = max;
  facts.otherClass[row] = arg;
  let guess = confidentClass;
  if (confident > 1 && !rules.paper) {
    guess = max > self || (max === self && arg < label) ? arg : label;
  }
  facts.guess[row] = guess;
  if (guess >= 0) totals.counts[label * rules.k + guess]! += 1;
  return true;
}

const NO_BITS = new Uint32Array(0);

/** The bits of the float32 just below `value`, a float32 above 0. */
function bitsBelow(value: number): number {
  return new Uint32Array(new Float32Array([value]).buffer)[0]! - 1;
}

/** The number just below `value`, which is above 0. */
function numberBelow(value: number): number {
  const bits = new BigInt64Array(new Float64Array([value]).buffer);
  bits[0]! -= 1n;
  return new Float64Array(bits.buffer)[0]!;
}
