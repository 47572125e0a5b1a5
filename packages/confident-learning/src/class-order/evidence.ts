import type { ClassVotes } from "./class-votes.js";

/** By class: rows that vote for the class's column in the other order and as it is. */
export interface Counts {
  readonly rows: number;
  readonly reordered: Float64Array;
  readonly kept: Float64Array;
  /** Votes of the rows of a class; the shares of all votes that its two columns have. */
  readonly given: Float64Array;
  readonly reorderedShare: Float64Array;
  readonly keptShare: Float64Array;
  /** What probabilities gain beyond independence, and the spread of that; 0 without moments. */
  readonly gain: Float64Array;
  readonly gainSpread: Float64Array;
}

/** Counts the votes for the columns of `order` and for those of the classes as they are. */
export function countVotes(votes: ClassVotes, order: Int32Array): Counts {
  const { k, labels, columns, moments } = votes;
  const reordered = new Float64Array(k);
  const kept = new Float64Array(k);
  const given = new Float64Array(k);
  const share = new Float64Array(k);
  let rows = 0;
  for (let i = 0; i < labels.length; i++) {
    const [label, column] = [labels[i]!, columns[i]!];
    if (column < 0) continue;
    rows += 1;
    given[label]! += 1;
    share[column]! += 1;
    if (column === label) kept[label]! += 1;
    if (column === order[label]) reordered[label]! += 1;
  }
  for (let c = 0; c < k; c++) share[c]! /= rows;
  const reorderedShare = share.map((_, c) => share[order[c]!]!);
  const gain = new Float64Array(k);
  const gainSpread = new Float64Array(k);
  for (let c = 0; moments !== undefined && c < k; c++) {
    const other = order[c]!;
    gain[c] = moments.excess(c, other) - moments.excess(c, c);
    // (a - b)^2 <= 2 a^2 + 2 b^2
    gainSpread[c] = 2 * (moments.spread(c, other) + moments.spread(c, c));
  }
  return { rows, reordered, kept, given, reorderedShare, keptShare: share, gain, gainSpread };
}

/** What the rows of some classes say about an order. */
export interface Evidence {
  /** How many classes change their column. */
  readonly moved: number;
  readonly reordered: number;
  readonly kept: number;
  /** What `reordered` and `reordered - kept` would be if columns ignored the labels. */
  readonly chance: number;
  readonly chanceGain: number;
  /** The variance of `reordered - kept` in that case, from the rows themselves. */
  readonly variance: number;
  /** The same of the probabilities instead of the votes: what they gain beyond that case. */
  readonly gain: number;
  readonly gainVariance: number;
}

/** The evidence of `classes` together. */
export function sumOver(classes: readonly number[], counts: Counts): Evidence {
  const sum = {
    moved: classes.length,
    reordered: 0,
    kept: 0,
    chance: 0,
    chanceGain: 0,
    variance: 0,
    gain: 0,
    gainVariance: 0,
  };
  for (const c of classes) {
    const [given, reordered, kept] = [counts.given[c]!, counts.reordered[c]!, counts.kept[c]!];
    const shift = counts.reorderedShare[c]! - counts.keptShare[c]!;
    sum.reordered += reordered;
    sum.kept += kept;
    sum.chance += given * counts.reorderedShare[c]!;
    sum.chanceGain += given * shift;
    sum.variance +=
      reordered * (1 - shift) ** 2 +
      kept * (1 + shift) ** 2 +
      (given - reordered - kept) * shift ** 2;
    sum.gain += counts.gain[c]!;
    sum.gainVariance += counts.gainSpread[c]!;
  }
  return sum;
}

/** Nats by which `x` of `x + y` coins being heads is unlikely. */
export function chernoffHalf(x: number, y: number): number {
  const n = x + y;
  return n * Math.LN2 + xlogx(x) + xlogx(y) - xlogx(n);
}

/** Nats by which a count of `x` is unlikely where `mean` is expected. */
export const chernoffPoisson = (x: number, mean: number): number =>
  x <= mean ? 0 : x * Math.log(x / mean) - x + mean;

/** Nats by which a sum is unlikely that should be 0 and to which a row adds 2 at most (Bernstein). */
export const bernstein = (sum: number, variance: number): number =>
  sum <= 0 ? 0 : sum ** 2 / (2 * (variance + (2 * sum) / 3));

/** The logarithm of how many ways there are to give `moved` of `k` classes other columns. */
export function logArrangements(k: number, moved: number): number {
  let sum = 0;
  for (let i = k - moved + 1; i <= k; i++) sum += Math.log(i);
  return sum;
}

const xlogx = (x: number): number => (x > 0 ? x * Math.log(x) : 0);
