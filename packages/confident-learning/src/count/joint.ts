import { pairwiseSum } from "../numeric/pairwise-sum.js";
import { roundKeepingTotal } from "../numeric/rounding.js";

/**
 * The calibrated joint: the raw confident joint (k, k) scaled so that row s sums to `classCounts[s]`
 * and the matrix to n, rounded to integers row by row. Rows without counts stay zero.
 */
export function calibrateJoint(
  raw: ArrayLike<number>,
  classCounts: ArrayLike<number>,
  n: number,
): Float64Array {
  const k = classCounts.length;
  const joint = scaledJoint(raw, classCounts, n);
  for (let s = 0; s < k; s++) roundKeepingTotal(joint.subarray(s * k, (s + 1) * k));
  return joint;
}

/** The same before it is rounded. */
export function scaledJoint(
  raw: ArrayLike<number>,
  classCounts: ArrayLike<number>,
  n: number,
): Float64Array {
  const k = classCounts.length;
  const joint = new Float64Array(k * k);
  for (let s = 0; s < k; s++) {
    let rowSum = 0;
    for (let j = 0; j < k; j++) rowSum += raw[s * k + j]!;
    if (rowSum === 0) continue;
    for (let j = 0; j < k; j++) joint[s * k + j] = (raw[s * k + j]! / rowSum) * classCounts[s]!;
  }
  const scale = n / pairwiseSum(joint);
  for (let i = 0; i < joint.length; i++) joint[i]! *= scale;
  return joint;
}

/** The joint distribution: a calibrated joint (or a raw one) divided by its total. */
export function normalizeJoint(counts: Float64Array): Float64Array {
  const total = pairwiseSum(counts);
  return counts.map((count) => count / total);
}

/** The sum of the diagonal of a (k, k) matrix. */
export function trace(matrix: ArrayLike<number>, k: number): number {
  return pairwiseSum(Float64Array.from({ length: k }, (_, c) => matrix[c * k + c]!));
}

/** A flat (k, k) matrix as rows. */
export function toRows(matrix: ArrayLike<number>, k: number): number[][] {
  const rows: number[][] = [];
  for (let r = 0; r < k; r++) {
    const row = new Array<number>(k);
    for (let c = 0; c < k; c++) row[c] = matrix[r * k + c]!;
    rows.push(row);
  }
  return rows;
}
