import { pairwiseSum } from "../numeric/pairwise-sum.js";
import { roundKeepingTotal } from "../numeric/rounding.js";

/** What decides the prune counts besides the joint. */
export interface PruneCountOptions {
  readonly keepAtLeast: number;
  readonly fracNoise: number;
  readonly numToRemovePerClass?: readonly number[] | undefined;
}

/**
 * How many rows to prune per cell. `joint` (k, k) has row = given; the result (k, k) has
 * row = true, column = given, and keeps `keepAtLeast` rows on each diagonal.
 */
export function pruneCounts(
  joint: ArrayLike<number>,
  classCounts: ArrayLike<number>,
  options: PruneCountOptions,
): Float64Array {
  return transposed(pruneCountsByGiven(joint, classCounts, options), classCounts.length);
}

/** The same with row = given, column = true, like the joint. */
export function pruneCountsByGiven(
  joint: ArrayLike<number>,
  classCounts: ArrayLike<number>,
  options: PruneCountOptions,
): Float64Array {
  const k = classCounts.length;
  const counts = Float64Array.from(joint);
  for (let given = 0; given < k; given++) {
    const row = counts.subarray(given * k, (given + 1) * k);
    keepDiagonal(row, given, options.keepAtLeast);
    takeShare(row, given, options.fracNoise);
  }
  if (options.numToRemovePerClass === undefined) return counts;
  const removals = options.numToRemovePerClass;
  return transposed(removeGivenNumbers(transposed(counts, k), classCounts, removals), k);
}

/** Raises the diagonal of one given class to `keep` at the cost of its other cells. */
function keepDiagonal(row: Float64Array, given: number, keep: number): void {
  const diagonal = row[given]!;
  if (diagonal >= keep) return;
  let nonzero = 0;
  for (const count of row) if (count !== 0) nonzero += 1;
  const each = (keep - diagonal) / Math.max(nonzero - 1, 1);
  for (let j = 0; j < row.length; j++) row[j] = Math.max(row[j]! - each, 0);
  row[given] = keep;
}

/** Leaves `fracNoise` of each off-diagonal count, moves the rest to the diagonal, truncates. */
function takeShare(row: Float64Array, given: number, fracNoise: number): void {
  if (fracNoise !== 1) {
    const lost = new Float64Array(row.length);
    for (let j = 0; j < row.length; j++) {
      if (j === given) continue;
      const reduced = row[j]! * fracNoise;
      lost[j] = row[j]! - reduced;
      row[j] = reduced;
    }
    row[given]! += pairwiseSum(lost);
  }
  for (let j = 0; j < row.length; j++) row[j] = Math.trunc(row[j]!);
}

function transposed(matrix: Float64Array, k: number): Float64Array {
  const result = new Float64Array(k * k);
  for (let r = 0; r < k; r++) {
    for (let c = 0; c < k; c++) result[c * k + r] = matrix[r * k + c]!;
  }
  return result;
}

/** A quirk of 1.0.1, reproduced exactly: the row sums divide along the columns. */
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
