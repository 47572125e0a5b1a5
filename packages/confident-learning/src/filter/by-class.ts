import type { Estimate } from "../count/estimate.js";
import { selfConfidencesByClass } from "./by-noise-rate.js";

/** Rows that `prune_by_class` flags, and the cut in self-confidence for each class. */
export interface ClassPruning {
  readonly flagged: Uint8Array;
  readonly cut: Float64Array;
}

/**
 * The method `prune_by_class`: flags the rows of each class with the lowest P[i][k]. 1.0.1
 * flags rows strictly below the value whose rank is the prune count; cleanlab 2 flags exactly that
 * many rows.
 */
export function pruneByClass(
  estimate: Estimate,
  counts: Float64Array,
  prunable: (given: number) => boolean,
  float32: boolean,
): ClassPruning {
  const { n, k, classCounts, semantics } = estimate;
  const { labels, selfConfidence } = estimate.facts;
  const values = selfConfidencesByClass(estimate.facts, classCounts, float32);
  const narrow = (value: number) => (float32 ? Math.fround(value) : value);
  const cut = new Float64Array(k).fill(Number.NEGATIVE_INFINITY);
  /**
   * How many rows at the cut itself are flagged too: none in 1.0.1, the first ones in cleanlab 2.
   */
  const atCut = new Int32Array(k);
  let end = 0;
  for (let c = 0; c < k; c++) {
    const count = classCounts[c]!;
    end += count;
    const remove = Math.min(count - counts[c * k + c]!, count);
    if (!prunable(c) || remove <= 0) continue;
    const sorted = values.subarray(end - count, end);
    if (semantics === "cleanlab-1.0.1") {
      cut[c] = remove < count ? sorted[remove]! : Number.POSITIVE_INFINITY;
      continue;
    }
    const last = sorted[remove - 1]!;
    cut[c] = last;
    let below = 0;
    while (sorted[below]! < last) below += 1;
    atCut[c] = remove - below;
  }
  const flagged = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const label = labels[i]!;
    const value = narrow(selfConfidence[i]!);
    if (value < cut[label]!) flagged[i] = 1;
    else if (value === cut[label] && atCut[label]! > 0) {
      flagged[i] = 1;
      atCut[label]! -= 1;
    }
  }
  return { flagged, cut };
}
