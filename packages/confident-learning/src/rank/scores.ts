import type { RowFacts } from "../count/scan.js";
import type { Semantics } from "../options.js";
import { halfMargin } from "./label-quality.js";

/** The normalized margin of a row, lower = worse, in the arithmetic of P's type. */
export function normalizedMargin(
  facts: RowFacts,
  row: number,
  semantics: Semantics,
  single: boolean,
): number {
  const self = facts.selfConfidence[row]!;
  const other = facts.otherProbability[row]!;
  if (semantics === "cleanlab-1.0.1") {
    const margin = self - Math.max(self, other);
    return single ? Math.fround(margin) : margin;
  }
  return halfMargin(self, other, single);
}

/**
 * `rows` by `score` ascending; equal scores keep their order. `score` is called once a row. A row's
 * place is the number of smaller scores and of equal ones before it: no comparator, no pairs.
 */
export function sortedByScore(rows: Int32Array, score: (row: number) => number): Int32Array {
  const count = rows.length;
  const scores = new Float64Array(count);
  for (let i = 0; i < count; i++) scores[i] = score(rows[i]!) + 0;
  const sorted = scores.slice().sort();
  const taken = new Int32Array(count);
  const ordered = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const first = lowerBound(sorted, scores[i]!);
    ordered[first + taken[first]!] = rows[i]!;
    taken[first]! += 1;
  }
  return ordered;
}

function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
