import type { Estimate } from "../count/estimate.js";
import { calibrateJoint } from "../count/joint.js";
import { pruneCountsByGiven } from "../count/prune-counts.js";
import { argmaxOf } from "../count/scan.js";
import type { ResolvedOptions } from "../input/options.js";
import { normalizedMargin } from "../rank/scores.js";
import { type ClassPruning, pruneByClass } from "./by-class.js";
import { type PruneCells, pruneCells } from "./cells.js";
import { isOffDiagonal, labelIssueCount, lowestRows, rowsWhere } from "./rows.js";

/** What is known before the last pass. */
export interface Plan {
  readonly byClass: ClassPruning | undefined;
  readonly cells: PruneCells | undefined;
  /** Rows chosen without margins. */
  readonly chosen: Uint8Array | undefined;
  readonly agreementFilter: boolean;
  readonly skippedClasses: readonly number[];
  readonly float32: boolean;
  /** The score at which a `low_` method cuts. */
  readonly scoreCut: number | null;
}

export function planOf(estimate: Estimate, options: ResolvedOptions): Plan {
  const { n, k, classCounts, dtype } = estimate;
  const { method, keepAtLeastPerClass } = options;
  const float32 = dtype === "float32" || options.precision === "float32";
  const first = estimate.semantics === "cleanlab-1.0.1";
  const least = first ? keepAtLeastPerClass : Math.max(1, keepAtLeastPerClass);
  const prunable = (given: number) => classCounts[given]! > least;
  const noiseRate =
    method === "prune_by_noise_rate" ||
    method === "both" ||
    method === "confusion" ||
    method === "calibrated_confusion" ||
    (((method === "posterior" && options.posteriorCut === undefined) ||
      (method === "error_odds" && options.errorOddsCut === undefined)) &&
      options.posteriorCount === "prune_by_noise_rate");
  const classes = method === "prune_by_class" || method === "both";
  const counts =
    noiseRate || classes
      ? pruneCountsByGiven(jointFor(estimate, options), classCounts, {
          keepAtLeast: keepAtLeastPerClass,
          fracNoise: options.fracNoise,
          numToRemovePerClass: options.numToRemovePerClass,
        })
      : new Float64Array(k * k);
  let chosen: Uint8Array | undefined;
  let scoreCut: number | null = null;
  if (method === "confident_learning") {
    chosen = rowsWhere(n, (i) => isOffDiagonal(estimate, i));
  } else if (method === "argmax" || method === "predicted_neq_given") {
    chosen = rowsWhere(n, (i) => argmaxOf(estimate.facts, i) !== estimate.facts.labels[i]);
  } else if (method === "low_self_confidence" || method === "low_normalized_margin") {
    const scores =
      method === "low_self_confidence"
        ? Float64Array.from(estimate.facts.selfConfidence)
        : marginScores(estimate);
    const lowest = lowestRows(scores, labelIssueCount(estimate));
    chosen = lowest.flagged;
    scoreCut = lowest.cut;
  }
  const skipped = noiseRate || classes ? [...classCounts.keys()].filter((c) => !prunable(c)) : [];
  return {
    byClass: classes ? pruneByClass(estimate, counts, prunable, float32) : undefined,
    cells: noiseRate ? pruneCells(counts, classCounts, prunable) : undefined,
    chosen,
    agreementFilter:
      method !== "posterior" && method !== "error_odds" && !method.startsWith("low_"),
    skippedClasses: skipped.filter((c) => classCounts[c]! > 0),
    float32,
    scoreCut,
  };
}

function jointFor(estimate: Estimate, options: ResolvedOptions): Float64Array {
  if (options.method === "confusion") return confusionMatrix(estimate);
  if (options.method === "calibrated_confusion") {
    return calibrateJoint(confusionMatrix(estimate), estimate.classCounts, estimate.n);
  }
  return options.calibrated ? estimate.calibrated : estimate.raw;
}

/** Counts of (given, argmax), (k, k). */
export function confusionMatrix(estimate: Estimate): Float64Array {
  const { n, k, facts } = estimate;
  const counts = new Float64Array(k * k);
  for (let i = 0; i < n; i++) counts[facts.labels[i]! * k + argmaxOf(facts, i)]! += 1;
  return counts;
}

function marginScores(estimate: Estimate): Float64Array {
  const single = estimate.dtype === "float32";
  const scores = new Float64Array(estimate.n);
  for (let i = 0; i < estimate.n; i++) {
    scores[i] = normalizedMargin(estimate.facts, i, "cleanlab-2", single);
  }
  return scores;
}
