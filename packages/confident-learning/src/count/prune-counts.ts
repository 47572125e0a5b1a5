import { pairwiseSum } from "../numeric/pairwise-sum.js";
import { roundKeepingTotal } from "../numeric/rounding.js";

/** What section 3 needs besides the joint. */
export interface PruneCountOptions {
  readonly keepAtLeast: number;
  readonly fracNoise: number;
  readonly numToRemovePerClass?: readonly number[] | undefined;
}

/**
 * Section 3: how many rows to prune per cell. `joint` (k, k) has row = given; the result (k, k) has
 * row = true, column = given, and keeps `keepAtLeast` rows on each diagonal.
 */
export function pruneCounts(
  joint: ArrayLike<number>,
  classCounts: ArrayLike<number>,
  options: PruneCountOptions,
): Float64Array {
  const k = classCounts.length;
  const counts = keepDiagonal(joint, k, options.keepAtLeast);
  takeShare(counts, k, options.fracNoise);
  return options.numToRemovePerClass === undefined
    ? counts
    : removeGivenNumbers(counts, classCounts, options.numToRemovePerClass);
}

/** The first step alone: the joint transposed with at least `keep` on its diagonal. */
export function keepDiagonal(joint: ArrayLike<number>, k: number, keep: number): Float64Array {
  const counts = new Float64Array(k * k);
  for (let given = 0; given < k; given++) {
    const diagonal = joint[given * k + given]!;
    const kept = Math.max(diagonal, keep);
    const missing = kept - diagonal;
    let nonzero = 0;
    for (let j = 0; j < k; j++) if (joint[given * k + j] !== 0) nonzero += 1;
    const each = missing / Math.max(nonzero - 1, 1);
    for (let j = 0; j < k; j++) {
      counts[j * k + given] = j === given ? kept : Math.max(joint[given * k + j]! - each, 0);
    }
  }
  return counts;
}

function takeShare(counts: Float64Array, k: number, fracNoise: number): void {
  const lost = new Float64Array(k);
  for (let given = 0; given < k; given++) {
    for (let j = 0; j < k; j++) {
      const count = counts[j * k + given]!;
      const reduced = j === given ? count : count * fracNoise;
      lost[j] = count - reduced;
      counts[j * k + given] = reduced;
    }
    counts[given * k + given]! += pairwiseSum(lost);
  }
  for (let i = 0; i < counts.length; i++) counts[i] = Math.trunc(counts[i]!);
}

/** A quirk of 1.0.1 kept as it is: the row sums divide along the columns. */
function removeGivenNumbers(
  counts: Float64Array,
  classCounts: ArrayLike<number>,
  removals: readonly number[],
): Float64Array {
  const k = classCounts.length;
  const rowSums = Float64Array.from({ length: k }, (_, a) =>
    pairwiseSum(counts.subarray(a * k, (a + 1) * k)),
  );
  const target = new Float64Array(k * k);
  for (let a = 0; a < k; a++) {
    const row = target.subarray(a * k, (a + 1) * k);
    for (let b = 0; b < k; b++) row[b] = rowSums[b] === 0 ? 0 : counts[a * k + b]! / rowSums[b]!;
    const noise = pairwiseSum(row) - row[a]!;
    for (let b = 0; b < k; b++) row[b] = noise === 0 ? 0 : (row[b]! * removals[a]!) / noise;
    row[a] = classCounts[a]! - removals[a]!;
    roundKeepingTotal(row);
  }
  return target;
}
