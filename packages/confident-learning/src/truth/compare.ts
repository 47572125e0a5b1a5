import { normalizeJoint } from "../count/joint.js";
import { ConfidentLearningError } from "../errors.js";
import { healthSummary } from "../issues/health.js";
import type { LabelIssues } from "../issues/label-issues.js";
import { averagePrecision } from "./average-precision.js";

/** How good a result is, where the true labels are known. */
export interface TruthComparison {
  /** Rows with a known true label; all other figures are about them only. */
  readonly rows: number;
  readonly errors: number;
  readonly noiseRate: number;
  /** Of the flags; null if nothing is flagged, or nothing is wrong. */
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  /** Of all rows ranked by a score, flagged or not; null if nothing is wrong. */
  readonly averagePrecision: {
    readonly normalizedMargin: number | null;
    readonly posterior: number | null;
    /** Undefined unless the error odds choose or order. */
    readonly errorOdds?: number | null;
  };
  /** The true joint distribution (k, k), row = given label, column = true label. */
  readonly joint: Float64Array;
  /** Half the sum of absolute differences of estimated and true joint: 0 = equal, 1 = disjoint. */
  readonly totalVariation: number;
  /**
   * By class: the share of wrong labels among rows given this label, and among rows that truly
   * belong to it.
   */
  readonly noise: Float64Array;
  readonly inverseNoise: Float64Array;
}

/**
 * Compares `issues`, found with `everyRow`, with the true labels (n), where -1 is unknown. Returns
 * undefined if all are unknown. Rows are ranked by P(given) - the largest other P, which has the
 * order of the normalized margin in either semantics and does not tie where 1.0.1 cuts it at 0, and
 * by the error probability.
 */
export function compareWithTruth(
  issues: LabelIssues,
  trueLabels: ArrayLike<number>,
): TruthComparison | undefined {
  const { n, k, everyRow } = issues;
  if (everyRow === undefined) {
    throw new ConfidentLearningError("invalid-option", "the issues were found without everyRow");
  }
  if (trueLabels.length !== n) {
    const message = `${n} rows and ${trueLabels.length} true labels; every row needs one or -1`;
    throw new ConfidentLearningError("length-mismatch", message);
  }
  const { labels, margin, errorProbability, errorOdds } = everyRow;
  const counts = new Float64Array(k * k);
  let rows = 0;
  let errors = 0;
  for (let i = 0; i < n; i++) {
    const truth = trueLabels[i]!;
    if (truth < 0) continue;
    if (truth >= k) {
      const message = `row ${i}: the true label ${truth} is not one of the ${k} classes`;
      throw new ConfidentLearningError("label-out-of-range", message, { row: i });
    }
    counts[labels[i]! * k + truth]! += 1;
    rows += 1;
    if (truth !== labels[i]) errors += 1;
  }
  if (rows === 0) return undefined;
  const ranked = (suspicion: (row: number) => number): number | null => {
    const wrong = new Float64Array(errors);
    const right = new Float64Array(rows - errors);
    let wrongAt = 0;
    let rightAt = 0;
    for (let i = 0; i < n; i++) {
      if (trueLabels[i]! < 0) continue;
      if (trueLabels[i] === labels[i]) right[rightAt++] = suspicion(i);
      else wrong[wrongAt++] = suspicion(i);
    }
    return averagePrecision(wrong, right);
  };
  const joint = normalizeJoint(counts);
  const health = healthSummary(joint, k, rows, errors);
  const noise = new Float64Array(k);
  const inverseNoise = new Float64Array(k);
  for (const one of health.classes) {
    noise[one.class] = one.noise;
    inverseNoise[one.class] = one.inverseNoise;
  }
  return {
    rows,
    errors,
    noiseRate: errors / rows,
    ...ofFlags(issues.indices, labels, trueLabels, errors),
    averagePrecision: {
      normalizedMargin: ranked((row) => -margin[row]!),
      posterior: ranked((row) => errorProbability[row]!),
      ...(errorOdds && { errorOdds: ranked((row) => errorOdds[row]!) }),
    },
    joint,
    totalVariation: totalVariation(issues.joint, joint, k),
    noise,
    inverseNoise,
  };
}

function ofFlags(
  flagged: Int32Array,
  labels: ArrayLike<number>,
  trueLabels: ArrayLike<number>,
  errors: number,
): Pick<TruthComparison, "precision" | "recall" | "f1"> {
  let known = 0;
  let hits = 0;
  for (const row of flagged) {
    if (trueLabels[row]! < 0) continue;
    known += 1;
    if (trueLabels[row] !== labels[row]) hits += 1;
  }
  const precision = known > 0 ? hits / known : null;
  const recall = errors > 0 ? hits / errors : null;
  // 2PR / (P + R), without its 0 / 0
  const f1 = known + errors > 0 ? (2 * hits) / (known + errors) : null;
  return { precision, recall, f1: precision === null || recall === null ? null : f1 };
}

function totalVariation(estimated: readonly (readonly number[])[], truth: Float64Array, k: number) {
  let sum = 0;
  estimated.forEach((row, given) => {
    for (let j = 0; j < k; j++) sum += Math.abs(row[j]! - truth[given * k + j]!);
  });
  return sum / 2;
}
