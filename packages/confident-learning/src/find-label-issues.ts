import { type Estimate, estimate } from "./count/estimate.js";
import { normalizeJoint, toRows, trace } from "./count/joint.js";
import { argmaxOf } from "./count/scan.js";
import {
  type Decision,
  decide,
  isOffDiagonal,
  labelIssueCount,
  type Reason,
} from "./filter/decide.js";
import { type HealthSummary, healthSummary } from "./health.js";
import {
  type FindOptions,
  type Method,
  type ResolvedOptions,
  resolveOptions,
  type Semantics,
} from "./options.js";
import { type RowScore, rowScore } from "./rank/label-quality.js";
import { normalizedMargin, sortByScore } from "./rank/scores.js";
import type { ProbabilitySource } from "./source.js";
import { type Warning, warningsOf } from "./warnings.js";

/** A row whose given label is doubted. */
export interface LabelFlag {
  readonly index: number;
  /** 0 for the worst row. */
  readonly rank: number;
  readonly given: number;
  readonly suggested: number;
  /** P of the suggested class, or its posterior where the suggestion is the posterior's. */
  readonly suggestedProbability: number;
  readonly selfConfidence: number;
  /** As the semantics define it: 1.0.1 in [-1, 0], cleanlab 2 in [0, 1]; lower = worse. */
  readonly normalizedMargin: number;
  /** 1 - the posterior of the given label. */
  readonly errorProbability: number;
  readonly reason: Reason & { readonly method: Method; readonly givenClass: number };
}

/** How many rows passed each stage. */
export interface StageCounts {
  readonly examples: number;
  /** Rows that the confident joint counts, and those of them off its diagonal. */
  readonly confident: number;
  readonly offDiagonal: number;
  /** Those off the diagonal whose prediction disagrees: cleanlab 2's number of label issues. */
  readonly labelIssues: number;
  /** What the calibrated joint holds off its diagonal: the estimated number of wrong labels. */
  readonly calibratedOffDiagonal: number;
  readonly prunedBeforeAgreement: number;
  /** Pruned rows that are let go because the prediction agrees with the given label. */
  readonly droppedByAgreement: number;
  readonly flagged: number;
}

/** The answer. Matrices (k, k) have row = given label, column = true label. */
export interface LabelIssues {
  readonly n: number;
  readonly k: number;
  /** The flagged rows in the asked order, worst first. */
  readonly indices: Int32Array;
  /** The same rows with everything known of them; made when first asked for. */
  readonly flags: readonly LabelFlag[];
  /** One flag by its rank, for readers who do not want all of them in memory at once. */
  readonly flagAt: (rank: number) => LabelFlag;
  /** The rows that the confident joint counts off its diagonal, ascending; made when asked for. */
  readonly offDiagonalRows: Int32Array;
  readonly thresholds: Float64Array;
  readonly classCounts: Int32Array;
  readonly confidentJointRaw: number[][];
  readonly confidentJoint: number[][];
  readonly joint: number[][];
  readonly counts: StageCounts;
  /** The estimated share of wrong labels: 1 - trace of the joint. */
  readonly noiseRate: number;
  readonly health: HealthSummary;
  readonly warnings: readonly Warning[];
}

/**
 * Finds the rows whose labels are doubted. Reads the source three times; memory is O(k * k + flags)
 * and some numbers per row (`estimateMemory`). The defaults answer as cleanlab 1.0.1 does. Throws
 * `ConfidentLearningError` for bad input, the signal's reason when aborted.
 */
export async function findLabelIssues(
  source: ProbabilitySource,
  options: FindOptions = {},
): Promise<LabelIssues> {
  const asked = resolveOptions(options, source.k);
  const pass = (number: number) => ({
    pass: number,
    passes: 3,
    signal: asked.signal,
    onProgress: asked.onProgress,
  });
  const joint = await estimate(source, { ...asked, pass });
  // an absent class brings the rules of cleanlab 2, with their defaults
  const resolved = resolveOptions({ ...options, semantics: joint.semantics }, source.k);
  const score = orderScore(joint, resolved);
  const decision = await decide(source, joint, resolved, pass(3), score);
  return report(joint, decision, resolved, asked.semantics);
}

/** The scores that need a whole row of probabilities; the others follow from the row's facts. */
function orderScore(joint: Estimate, options: ResolvedOptions): RowScore | undefined {
  const { k, dtype, thresholds } = joint;
  const order = options.order === "prob_given_label" ? "self_confidence" : options.order;
  if (order === "confidence_weighted_entropy") return rowScore(order, k, dtype === "float32");
  if (!options.adjust || order === "posterior" || order === "none") return undefined;
  return rowScore(order, k, dtype === "float32", thresholds);
}

function report(
  joint: Estimate,
  decision: Decision,
  options: ResolvedOptions,
  asked: Semantics,
): LabelIssues {
  const { n, k, raw, calibrated } = joint;
  const indices = orderedRows(joint, decision, options);
  const flagAt = (rank: number) => flagOf(joint, decision, options, indices[rank]!, rank);
  const labelIssues = labelIssueCount(joint);
  let confident = 0;
  let offDiagonal = 0;
  for (let i = 0; i < n; i++) {
    if (joint.facts.guess[i]! >= 0) confident += 1;
    if (isOffDiagonal(joint, i)) offDiagonal += 1;
  }
  const counts: StageCounts = {
    examples: n,
    confident,
    offDiagonal,
    labelIssues,
    calibratedOffDiagonal: n - trace(calibrated, k),
    prunedBeforeAgreement: decision.prunedBeforeAgreement,
    droppedByAgreement: decision.prunedBeforeAgreement - indices.length,
    flagged: indices.length,
  };
  const distribution = normalizeJoint(options.calibrated ? calibrated : raw);
  const noiseRate = 1 - trace(distribution, k);
  let flags: readonly LabelFlag[] | undefined;
  let health: HealthSummary | undefined;
  return {
    n,
    k,
    indices,
    get flags() {
      flags ??= Array.from(indices, (_, rank) => flagAt(rank));
      return flags;
    },
    flagAt,
    get offDiagonalRows() {
      return offDiagonalIndices(joint);
    },
    thresholds: joint.thresholds,
    classCounts: joint.classCounts,
    confidentJointRaw: toRows(raw, k),
    confidentJoint: toRows(calibrated, k),
    joint: toRows(distribution, k),
    counts,
    noiseRate,
    get health() {
      health ??= healthSummary(distribution, k, n, labelIssues);
      return health;
    },
    warnings: warningsOf(joint, decision, indices.length, noiseRate, asked),
  };
}

function offDiagonalIndices(joint: Estimate): Int32Array {
  const rows: number[] = [];
  for (let i = 0; i < joint.n; i++) if (isOffDiagonal(joint, i)) rows.push(i);
  return Int32Array.from(rows);
}

function orderedRows(joint: Estimate, decision: Decision, options: ResolvedOptions): Int32Array {
  const { n, facts, semantics, dtype } = joint;
  const rows: number[] = [];
  for (let i = 0; i < n; i++) if (decision.flagged[i] === 1) rows.push(i);
  const indices = Int32Array.from(rows);
  const { rowScores, posterior } = decision;
  if (rowScores !== undefined) sortByScore(indices, (row) => rowScores[row]!);
  else if (options.order === "posterior") {
    sortByScore(indices, (row) => -posterior.errorProbability[row]!);
  } else if (options.order === "normalized_margin") {
    const single = dtype === "float32";
    sortByScore(indices, (row) => normalizedMargin(facts, row, semantics, single));
  } else if (options.order !== "none") {
    sortByScore(indices, (row) => facts.selfConfidence[row]!);
  }
  return indices;
}

function flagOf(
  joint: Estimate,
  decision: Decision,
  options: ResolvedOptions,
  row: number,
  rank: number,
): LabelFlag {
  const { facts, semantics, dtype } = joint;
  const { posterior } = decision;
  const given = facts.labels[row]!;
  const selfConfidence = facts.selfConfidence[row]!;
  const byPosterior = options.suggestion === "posterior";
  return {
    index: row,
    rank,
    given,
    suggested: byPosterior ? posterior.suggested[row]! : argmaxOf(facts, row),
    suggestedProbability: byPosterior
      ? posterior.suggestedProbability[row]!
      : Math.max(selfConfidence, facts.otherProbability[row]!),
    selfConfidence,
    normalizedMargin: normalizedMargin(facts, row, semantics, dtype === "float32"),
    errorProbability: posterior.errorProbability[row]!,
    reason: { method: options.method, ...decision.reasonOf(row), givenClass: given },
  };
}
