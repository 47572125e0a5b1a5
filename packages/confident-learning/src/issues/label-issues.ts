import type { NoiseEstimate } from "../count/noise-estimate.js";
import type { Interval } from "../count/noise-interval.js";
import type { Reason } from "../filter/decide.js";
import type { Method } from "../input/options.js";
import type { ErrorOddsFigures } from "../rank/error-odds.js";
import type { HealthSummary } from "./health.js";
import type { Warning } from "./warnings.js";

/** A row whose given label is probably wrong. */
export interface LabelFlag {
  readonly index: number;
  /** From 1, the worst row. */
  readonly rank: number;
  readonly given: number;
  readonly suggested: number;
  /** P of the suggested class, or its posterior if the posterior suggests it. */
  readonly suggestedProbability: number;
  readonly selfConfidence: number;
  /** As the semantics define it: 1.0.1 in [-1, 0], cleanlab 2 in [0, 1]; lower = worse. */
  readonly normalizedMargin: number;
  /** 1 - the posterior of the given label. */
  readonly errorProbability: number;
  /** The log odds of a wrong label, if they choose or order. */
  readonly errorOdds: number | undefined;
  readonly reason: Reason & { readonly method: Method; readonly givenClass: number };
}

/** How many rows each stage kept. */
export interface StageCounts {
  readonly examples: number;
  /** Rows that the confident joint counts, and how many of them are off its diagonal. */
  readonly confident: number;
  readonly offDiagonal: number;
  /** Those off the diagonal whose prediction disagrees: cleanlab 2's number of label issues. */
  readonly labelIssues: number;
  /** The sum of the calibrated joint off its diagonal: the estimated number of wrong labels. */
  readonly calibratedOffDiagonal: number;
  readonly prunedBeforeAgreement: number;
  /** Pruned rows that are not flagged because the prediction agrees with the given label. */
  readonly droppedByAgreement: number;
  readonly flagged: number;
}

/** The result. Matrices (k, k) have row = given label, column = true label. */
export interface LabelIssues {
  readonly n: number;
  readonly k: number;
  /** The flagged rows in the selected order, worst first. */
  readonly indices: Int32Array;
  /** The same rows with all that is known about them; created on first access. */
  readonly flags: readonly LabelFlag[];
  /** The flag of `indices[place]`, for callers that do not want all of them in memory at once. */
  readonly flagAt: (place: number) => LabelFlag;
  /** The rows that the confident joint counts off its diagonal, ascending; created on access. */
  readonly offDiagonalRows: Int32Array;
  /** What `indices` are ordered by, lowest = worst (posterior and error odds negated); row numbers for `none`. */
  readonly scores: Float64Array;
  readonly thresholds: Float64Array;
  readonly classCounts: Int32Array;
  /** Computed at each access, like the next two: read them once. */
  readonly confidentJointRaw: number[][];
  readonly confidentJoint: number[][];
  readonly joint: number[][];
  /**
   * The calibrated joint under the rules of cleanlab 2, flat: the posterior is computed from it.
   */
  readonly posteriorJoint: Float64Array;
  /** The same before it is rounded to whole rows: soft targets are computed from it. */
  readonly exactJoint: Float64Array;
  /** What the error odds were computed with, if they choose or order; over folds undefined. */
  readonly errorOdds: ErrorOddsFigures | undefined;
  readonly counts: StageCounts;
  /** The estimated share of wrong labels that the model can see: 1 - trace of the joint. */
  readonly noiseRate: number;
  /** Its 95 % interval, of the sampling error alone; computed at each access. */
  readonly noiseInterval: Interval;
  /** The share of wrong labels, read in several ways; computed at each access. */
  readonly noise: NoiseEstimate;
  readonly health: HealthSummary;
  readonly warnings: readonly Warning[];
  /** Created on first access; undefined unless the option `everyRow` was set. */
  readonly everyRow: RowScores | undefined;
}

/** What is known about every row (n), flagged or not. */
export interface RowScores {
  readonly labels: Int32Array;
  /** P of the given label - the largest P of another class, whatever the semantics. */
  readonly margin: Float64Array;
  /** 1 - the posterior of the given label. */
  readonly errorProbability: Float64Array;
  /** The log odds of a wrong label, if they choose or order. */
  readonly errorOdds: Float64Array | undefined;
}
