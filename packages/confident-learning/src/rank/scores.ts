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
 * Sorts `rows` by `score` ascending in place; equal scores keep their order. `score` is called once
 * a row.
 */
export function sortByScore(rows: Int32Array, score: (row: number) => number): void {
  const scores = Float64Array.from(rows, score);
  const places = Int32Array.from(rows.keys());
  places.sort((a, b) => scores[a]! - scores[b]! || a - b);
  const sorted = Int32Array.from(places, (place) => rows[place]!);
  rows.set(sorted);
}
