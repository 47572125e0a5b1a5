import type { RowFacts } from "../count/scan.js";
import type { Semantics } from "../input/options.js";
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

/** Rows in order, and the scores that order them. */
export interface Ranking {
  readonly rows: Int32Array;
  readonly scores: Float64Array;
}

/**
 * `rows` by `score` ascending; equal scores keep their order. `score` is called once per row. A
 * row's rank is the number of smaller scores, and of equal scores before it: no comparator, no
 * pairs.
 */
export function rankedByScore(rows: Int32Array, score: (row: number) => number): Ranking {
  const count = rows.length;
  const unordered = new Float64Array(count);
  let ordered = true;
  for (let i = 0; i < count; i++) {
    unordered[i] = score(rows[i]!) + 0;
    if (i > 0 && unordered[i]! < unordered[i - 1]!) ordered = false;
  }
  if (ordered) return { rows, scores: unordered };
  const scores = unordered.slice().sort();
  const taken = new Int32Array(count);
  const ranked = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const first = lowerBound(scores, unordered[i]!);
    ranked[first + taken[first]!] = rows[i]!;
    taken[first]! += 1;
  }
  return { rows: ranked, scores };
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
