import { pairwiseSum } from "./pairwise-sum.js";

/** Rounds to the nearest integer, halves to even. */
export function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  const fraction = value - down;
  if (fraction < 0.5) return down;
  if (fraction > 0.5) return down + 1;
  return down % 2 === 0 ? down : down + 1;
}

/**
 * Rounds `row` to integers in place so that its total becomes the rounded total: entries are
 * rounded half to even, then those with the largest (smallest) remainders are raised (lowered) by
 * one. Equal remainders are raised from the back and lowered from the front, in the order of a
 * stable sort.
 */
export function roundKeepingTotal(row: Float64Array): void {
  const k = row.length;
  const target = roundHalfEven(pairwiseSum(row));
  const exact = row.slice();
  const rest = new Float64Array(k);
  let total = 0;
  for (let j = 0; j < k; j++) {
    const rounded = roundHalfEven(exact[j]!);
    row[j] = rounded;
    rest[j] = exact[j]! - rounded;
    total += rounded;
  }
  while (total !== target) {
    const step = target > total ? 1 : -1;
    const many = Math.min(Math.abs(target - total), k);
    for (const j of extremes(rest, many, step)) {
      row[j]! += step;
      rest[j] = exact[j]! - row[j]!;
    }
    total += step * many;
  }
}

/**
 * The indices of the `many` largest (step 1) or smallest (step -1) entries of `rest`; ties: the
 * last, or the first.
 */
function extremes(rest: Float64Array, many: number, step: 1 | -1): number[] {
  const k = rest.length;
  const sorted = rest.slice().sort();
  const cut = sorted[step === 1 ? k - many : many - 1]!;
  let atCut = many;
  for (const value of rest) if (step * (value - cut) > 0) atCut -= 1;
  const chosen: number[] = [];
  for (let i = 0; i < k; i++) {
    const j = step === 1 ? k - 1 - i : i;
    const beyond = step * (rest[j]! - cut);
    if (beyond < 0 || (beyond === 0 && atCut === 0)) continue;
    if (beyond === 0) atCut -= 1;
    chosen.push(j);
  }
  return chosen;
}
