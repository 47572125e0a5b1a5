import { ConfidentLearningError } from "../errors.js";
import type { Semantics } from "../input/options.js";
import { checkedProbability } from "../input/probability-checks.js";
import { type Pass, readBlocks } from "../input/read-blocks.js";
import type { Probabilities, ProbabilityBlock, ProbabilitySource } from "../input/source.js";
import { pairwiseSum } from "../numeric/pairwise-sum.js";
import { type Memory, ownMemory } from "./memory.js";

/**
 * The result of the first pass: per row the given label and its probability, per class the count.
 */
export interface GivenLabels {
  readonly labels: Int32Array;
  readonly selfConfidence: Probabilities;
  readonly classCounts: Int32Array;
}

/** Pass 1: reads P[i][s_i] of every row and checks the labels. `also` sees each block after that. */
export async function readGivenLabels(
  source: ProbabilitySource,
  pass: Pass,
  memory: Memory = ownMemory,
  also?: (block: ProbabilityBlock) => void,
): Promise<GivenLabels> {
  const { n, k, dtype } = source;
  const labels = memory.integers(n);
  const selfConfidence = ownMemory.floats(n, dtype);
  const classCounts = new Int32Array(k);
  await readBlocks(source, pass, (block) => {
    const { start, rows, probs } = block;
    for (let i = 0; i < rows; i++) {
      const label = block.labels[i]!;
      if (!(label >= 0 && label < k)) {
        const message = `row ${start + i}: the label ${label} is not one of 0 to ${k - 1}`;
        throw new ConfidentLearningError("label-out-of-range", message, { row: start + i });
      }
      const p = probs[i * k + label]!;
      labels[start + i] = label;
      selfConfidence[start + i] = p >= 0 && p <= 1 ? p : checkedProbability(p, start + i, label);
      classCounts[label]! += 1;
    }
    also?.(block);
  });
  return { labels, selfConfidence, classCounts };
}

/** The threshold of a class that is absent from the labels: no row is confident for it. */
const NEVER = 2;

/**
 * The class thresholds: the mean of P[i][k] over the rows given k, in P's own type and numpy's order of
 * addition. A class without rows gets 2; in cleanlab 2 no threshold is below 2e-6.
 */
export function classThresholds(given: GivenLabels, semantics: Semantics): Float64Array {
  const { labels, selfConfidence, classCounts } = given;
  const k = classCounts.length;
  const next = new Int32Array(k);
  for (let c = 1; c < k; c++) next[c] = next[c - 1]! + classCounts[c - 1]!;
  const grouped = selfConfidence.slice();
  for (let i = 0; i < labels.length; i++) grouped[next[labels[i]!]!++] = selfConfidence[i]!;
  const single = selfConfidence instanceof Float32Array;
  const floor = semantics === "cleanlab-2" ? (single ? Math.fround(2e-6) : 2e-6) : 0;
  return Float64Array.from(classCounts, (count, c) => {
    if (count === 0) return NEVER;
    const mean = pairwiseSum(grouped, next[c]! - count, count) / count;
    return Math.max(single ? Math.fround(mean) : mean, floor);
  });
}

/** The probability from which on a row is confident, by class: t - 1e-6 in P's type. */
export function confidenceCuts(
  thresholds: Float64Array,
  dtype: "float32" | "float64",
): Float64Array {
  if (dtype === "float64") return thresholds.map((t) => t - 1e-6);
  const slack = Math.fround(1e-6);
  return thresholds.map((t) => Math.fround(t - slack));
}
