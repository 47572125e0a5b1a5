import type { Estimate } from "../count/estimate.js";
import { argmaxOf } from "../count/scan.js";

/** Whether the confident joint counts the row for a class other than the given one. */
export function isOffDiagonal(estimate: Estimate, row: number): boolean {
  const guess = estimate.facts.guess[row]!;
  return guess >= 0 && guess !== estimate.facts.labels[row];
}

/** Cleanlab 2's number of label issues: off-diagonal rows whose prediction disagrees. */
export function labelIssueCount(estimate: Estimate): number {
  let rows = 0;
  for (let i = 0; i < estimate.n; i++) {
    if (isOffDiagonal(estimate, i) && !agrees(estimate, i)) rows += 1;
  }
  return rows;
}

/** The last filter: whether the prediction agrees with the given label (in cleanlab 2, nearly). */
export function agrees(estimate: Estimate, row: number): boolean {
  const { facts } = estimate;
  const label = facts.labels[row]!;
  if (estimate.semantics === "cleanlab-1.0.1") return argmaxOf(facts, row) === label;
  const self = facts.selfConfidence[row]!;
  const raised = estimate.dtype === "float32" ? Math.fround(self + Math.fround(1e-6)) : self + 1e-6;
  const other = facts.otherProbability[row]!;
  return raised > other || (raised === other && label < facts.otherClass[row]!);
}

/** The `count` rows with the lowest scores, ties by row; `cut` is the highest score among them. */
export function lowestRows(
  scores: Float64Array,
  count: number,
): { readonly flagged: Uint8Array; readonly cut: number | null } {
  const flagged = new Uint8Array(scores.length);
  if (count === 0) return { flagged, cut: null };
  const cut = scores.slice().sort()[count - 1]!;
  let left = count;
  for (const score of scores) if (score < cut) left -= 1;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i]! < cut) flagged[i] = 1;
    else if (scores[i] === cut && left > 0) {
      flagged[i] = 1;
      left -= 1;
    }
  }
  return { flagged, cut };
}

/** The rows that pass a test, as a mask (n). */
export function rowsWhere(n: number, test: (row: number) => boolean): Uint8Array {
  const rows = new Uint8Array(n);
  for (let i = 0; i < n; i++) if (test(i)) rows[i] = 1;
  return rows;
}

/** The rows that pass a test, ascending. */
export function rowsOf(n: number, test: (row: number) => boolean): Int32Array {
  return setRows(rowsWhere(n, test));
}

/** The rows that are set in a mask (n), ascending. */
export function setRows(mask: Uint8Array): Int32Array {
  let count = 0;
  for (let i = 0; i < mask.length; i++) count += mask[i]!;
  const rows = new Int32Array(count);
  let next = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] === 1) rows[next++] = i;
  return rows;
}
