import type { TrainingPlan } from "../recipe/recipe.js";

/**
 * Soft targets, sparse: text i has `probabilities[offsets[i] .. offsets[i + 1])` for the classes
 * at the same places. A text without entries keeps its hard label.
 */
export interface SoftTargets {
  readonly offsets: Int32Array;
  readonly classes: Int32Array;
  readonly probabilities: Float32Array;
}

/** What the loss compares with: rows sum to 1, shares sum to 1 over the whole batch. */
export interface TargetBatch {
  readonly targets: Float32Array; // (B, C)
  readonly shares: Float32Array; // (B)
}

/**
 * Makes the targets of batches from labels or soft targets, smoothing and class weights; `classCounts`
 * (C) are the training rows of each class.
 */
export function createTargets(
  { labels, softTargets: soft }: { labels: Int32Array; softTargets?: SoftTargets | undefined },
  classCounts: Float64Array,
  plan: Pick<TrainingPlan, "classWeights" | "labelSmoothing">,
): (rows: Int32Array) => TargetBatch {
  const classes = classCounts.length;
  const weights = classWeights(classCounts, plan.classWeights);
  const smoothing = plan.labelSmoothing;
  return (rows) => {
    const targets = new Float32Array(rows.length * classes).fill(smoothing / classes);
    const shares = new Float32Array(rows.length);
    rows.forEach((row, b) => {
      const at = b * classes;
      const label = labels[row]!;
      const from = soft?.offsets[row] ?? 0;
      const to = soft?.offsets[row + 1] ?? 0;
      if (soft === undefined || from === to) {
        targets[at + label]! += 1 - smoothing;
      } else {
        let total = 0;
        for (let i = from; i < to; i++) total += soft.probabilities[i]!;
        for (let i = from; i < to; i++) {
          targets[at + soft.classes[i]!]! += ((1 - smoothing) * soft.probabilities[i]!) / total;
        }
      }
      shares[b] = weights[label]!;
    });
    const total = shares.reduce((sum, weight) => sum + weight, 0);
    shares.forEach((weight, b) => {
      shares[b] = weight / total;
    });
    return { targets, shares };
  };
}

/** Rows of each class, (C), among `rows`. */
export function classCountsOf(
  labels: Int32Array,
  rows: Iterable<number>,
  classes: number,
): Float64Array {
  const counts = new Float64Array(classes);
  for (const row of rows) counts[labels[row]!]! += 1;
  return counts;
}

/** 1 for every class, or inversely proportional to its size with mean 1 over the rows. */
function classWeights(counts: Float64Array, kind: TrainingPlan["classWeights"]): Float64Array {
  if (kind === "none") return new Float64Array(counts.length).fill(1);
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count > 0 ? rows / (present * count) : 1));
}
