import { holm, upperTail } from "./significance.js";

/** A way to divide rows into groups: by length, by source, by parent class. */
export interface RowGrouping {
  readonly by: string;
  /** Names of the groups. */
  readonly groups: readonly string[];
  /** By row (n): its group, or -1. */
  readonly of: Int32Array;
  /** Whether the groups are made of classes: what a row's class explains is no excuse then. */
  readonly isOfClasses: boolean;
}

/** Rows on which the model is right less often than elsewhere. */
export interface WeakGroup {
  readonly by: string;
  readonly group: string;
  readonly rows: number;
  /** The share of rows whose given label is predicted, with its 95 % interval (Wilson). */
  readonly accuracy: { readonly estimate: number; readonly low: number; readonly high: number };
  /** What rows of the same classes have in the whole file; of groups of classes: all other rows. */
  readonly expected: number;
  /** Rows that are predicted otherwise, above those expected. */
  readonly lost: number;
  /** One-sided; adjusted for all groups that were tested (Holm). */
  readonly p: number;
  readonly adjustedP: number;
}

export interface WeakGroups {
  /** How many groups were tested, weak or not. */
  readonly tested: number;
  readonly level: number;
  /** Those below the level, most rows lost first. */
  readonly found: readonly WeakGroup[];
}

const LEVEL = 0.05;
/** Smaller groups are not tested: their intervals say nothing. */
const LEAST_ROWS = 30;
/** Less is true of large groups, but of no consequence. */
const LEAST_GAP = 0.01;
const Z = 1.959964;

/** Tests every group of at least 30 rows, and 30 others, for accuracy below what is expected of it. */
export function weakGroups(
  groupings: readonly RowGrouping[],
  rows: { readonly labels: ArrayLike<number>; readonly right: Uint8Array; readonly k: number },
): WeakGroups {
  const { labels, right, k } = rows;
  const n = right.length;
  const byClass = classShares(labels, right, k);
  const all = right.reduce((sum, one) => sum + one, 0);
  const tested = groupings.flatMap(({ by, groups, of, isOfClasses }) => {
    const sizes = new Float64Array(groups.length);
    const hits = new Float64Array(groups.length);
    const means = new Float64Array(groups.length);
    const variances = new Float64Array(groups.length);
    for (let i = 0; i < n; i++) {
      const g = of[i]!;
      if (g < 0) continue;
      const share = byClass[labels[i]!]!;
      sizes[g]! += 1;
      hits[g]! += right[i]!;
      means[g]! += share;
      variances[g]! += share * (1 - share);
    }
    return groups.flatMap((group, g) => {
      const size = sizes[g]!;
      if (size < LEAST_ROWS || n - size < LEAST_ROWS) return [];
      const rest = (all - hits[g]!) / (n - size);
      const mean = isOfClasses ? rest * size : means[g]!;
      // Of groups of classes the rest's share is itself an estimate.
      const variance = isOfClasses
        ? rest * (1 - rest) * size * (1 + size / (n - size))
        : variances[g]!;
      const gap = mean - hits[g]!;
      const p = variance > 0 ? upperTail((gap - 0.5) / Math.sqrt(variance)) : gap > 0.5 ? 0 : 1;
      return [{ by, group, rows: size, hits: hits[g]!, mean, p }];
    });
  });
  const adjusted = holm(tested.map(({ p }) => p));
  const found = tested
    .map(({ hits, mean, ...one }, i) => ({
      ...one,
      accuracy: wilson(hits, one.rows),
      expected: mean / one.rows,
      lost: mean - hits,
      adjustedP: adjusted[i]!,
    }))
    .filter(({ adjustedP, lost, rows: size }) => adjustedP < LEVEL && lost / size >= LEAST_GAP)
    .sort((a, b) => b.lost - a.lost);
  return { tested: tested.length, level: LEVEL, found };
}

/** By class: the share of its rows that are right. */
function classShares(labels: ArrayLike<number>, right: Uint8Array, k: number): Float64Array {
  const counts = new Float64Array(k);
  const hits = new Float64Array(k);
  for (let i = 0; i < right.length; i++) {
    counts[labels[i]!]! += 1;
    hits[labels[i]!]! += right[i]!;
  }
  return hits.map((hit, c) => (counts[c]! > 0 ? hit / counts[c]! : 0));
}

function wilson(hits: number, size: number): WeakGroup["accuracy"] {
  const share = hits / size;
  const spread = Z ** 2 / size;
  const middle = (share + spread / 2) / (1 + spread);
  const half = (Z / (1 + spread)) * Math.sqrt((share * (1 - share)) / size + spread / (4 * size));
  return { estimate: share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
