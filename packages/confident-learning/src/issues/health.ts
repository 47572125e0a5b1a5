import { pairwiseSum } from "../numeric/pairwise-sum.js";
import { roundHalfEven } from "../numeric/rounding.js";

/** How noisy one class is, according to the joint. */
export interface ClassHealth {
  readonly class: number;
  /**
   * Rows given this label that belong to another class according to the joint, and vice versa;
   * rounded.
   */
  readonly issues: number;
  readonly inverseIssues: number;
  /**
   * The share of wrong labels among rows given this label, and among rows that truly belong to the
   * class.
   */
  readonly noise: number;
  readonly inverseNoise: number;
  readonly quality: number;
}

/** Two classes, a < b, that are confused with each other. */
export interface OverlappingPair {
  readonly a: number;
  readonly b: number;
  readonly rows: number;
  readonly joint: number;
}

/** The label health of a dataset: overall, by class, and by pair of overlapping classes. */
export interface HealthSummary {
  /** 1 - the number of label issues (off-diagonal rows of the confident joint) / n. */
  readonly overall: number;
  /** Worst quality first, ties by class. */
  readonly classes: readonly ClassHealth[];
  /** Largest joint first, ties by class; only pairs that overlap. */
  readonly pairs: readonly OverlappingPair[];
}

/** The summary from a joint distribution (k, k), row = given, over n rows. */
export function healthSummary(
  joint: Float64Array,
  k: number,
  n: number,
  labelIssues: number,
): HealthSummary {
  const classes: ClassHealth[] = [];
  const pairs: OverlappingPair[] = [];
  const smallest = 1e-6;
  for (let c = 0; c < k; c++) {
    const diagonal = joint[c * k + c]!;
    const rowSum = pairwiseSum(joint, c * k, k);
    let columnSum = 0;
    for (let j = 0; j < k; j++) columnSum += joint[j * k + c]!;
    const noise = (rowSum - diagonal) / Math.max(rowSum, smallest);
    classes.push({
      class: c,
      issues: roundHalfEven(n * (rowSum - diagonal)),
      inverseIssues: roundHalfEven(n * (columnSum - diagonal)),
      noise,
      inverseNoise: (columnSum - diagonal) / Math.max(columnSum, smallest),
      quality: 1 - noise,
    });
    for (let b = c + 1; b < k; b++) {
      const overlap = joint[c * k + b]! + joint[b * k + c]!;
      if (overlap > 0) pairs.push({ a: c, b, rows: roundHalfEven(n * overlap), joint: overlap });
    }
  }
  classes.sort((x, y) => x.quality - y.quality || x.class - y.class);
  pairs.sort((x, y) => y.joint - x.joint || x.a - y.a || x.b - y.b);
  return { overall: 1 - labelIssues / n, classes, pairs };
}
