import { type Estimate, estimate } from "../count/estimate.js";
import { normalizeJoint, toRows, trace } from "../count/joint.js";
import { noiseEstimate } from "../count/noise-estimate.js";
import { noiseInterval, strataOf } from "../count/noise-interval.js";
import { argmaxOf } from "../count/scan.js";
import { type Decision, decide } from "../filter/decide.js";
import { isOffDiagonal, labelIssueCount, rowsOf, setRows } from "../filter/rows.js";
import {
  type FindOptions,
  type ResolvedOptions,
  resolveOptions,
  usesErrorOdds,
} from "../input/options.js";
import { type Pass, readBlocks } from "../input/read-blocks.js";
import type { ProbabilitySource } from "../input/source.js";
import { ERROR_ODDS_STEPS, ErrorOdds, type ErrorOddsFigures } from "../rank/error-odds.js";
import { type RowScore, rowScore } from "../rank/label-quality.js";
import { normalizedMargin, rankedByScore } from "../rank/scores.js";
import { type HealthSummary, healthSummary } from "./health.js";
import type { LabelFlag, LabelIssues, RowScores, StageCounts } from "./label-issues.js";
import { warningsOf } from "./warnings.js";

/**
 * Finds the rows whose labels are probably wrong. Reads the source three times, six times with
 * `error_odds`; memory is O(k * k +
 * flags) and some numbers per row (`estimateMemory`). The defaults give the results of cleanlab
 * 1.0.1. Throws `ConfidentLearningError` for bad input, the signal's reason when aborted.
 */
export async function findLabelIssues(
  source: ProbabilitySource,
  options: FindOptions = {},
): Promise<LabelIssues> {
  const asked = resolveOptions(options, source.k);
  const odds = usesErrorOdds(asked)
    ? new ErrorOdds(source.n, source.k, asked.collision)
    : undefined;
  const passes = passesOf(asked);
  const pass = (number: number) => ({
    pass: number,
    passes,
    signal: asked.signal,
    onProgress: asked.onProgress,
  });
  const joint = await estimate(source, { ...asked, pass, observer: odds });
  if (odds !== undefined) await fitErrorOdds(odds, source, pass);
  // with an absent class the rules of cleanlab 2 apply, with their defaults
  const resolved = resolveOptions({ ...options, semantics: joint.semantics }, source.k);
  const scores = { order: wholeRowScore(joint, resolved), odds };
  const decision = await decide(source, joint, resolved, pass(passes), scores);
  return report(joint, decision, resolved, asked, odds?.figures);
}

/** How often `findLabelIssues` reads its source, but for very many ties at a cut. */
export function passesOf(options: Pick<FindOptions, "method" | "order">): number {
  return usesErrorOdds(options) ? 3 + ERROR_ODDS_STEPS : 3;
}

async function fitErrorOdds(
  odds: ErrorOdds,
  source: ProbabilitySource,
  pass: (number: number) => Pass,
): Promise<void> {
  odds.startSteps();
  for (let step = 0; step < ERROR_ODDS_STEPS; step++) {
    await readBlocks(source, pass(3 + step), (block) => odds.readStep(block));
    odds.finishStep();
  }
}

/** The order's score if it needs a whole row; the others follow from the row's facts. */
function wholeRowScore(joint: Estimate, options: ResolvedOptions): RowScore | undefined {
  const { k, dtype, thresholds } = joint;
  const order = options.order === "prob_given_label" ? "self_confidence" : options.order;
  if (order === "confidence_weighted_entropy") return rowScore(order, k, dtype === "float32");
  if (!options.adjust || order === "posterior" || order === "error_odds" || order === "none") {
    return undefined;
  }
  return rowScore(order, k, dtype === "float32", thresholds);
}

function report(
  joint: Estimate,
  decision: Decision,
  options: ResolvedOptions,
  asked: ResolvedOptions,
  errorOdds: ErrorOddsFigures | undefined,
): LabelIssues {
  const { n, k, raw, calibrated } = joint;
  const score = orderScore(joint, decision, options);
  const ranking = rankedByScore(setRows(decision.flagged), score);
  const indices = ranking.rows;
  const flagAt = (place: number) => flagOf(joint, decision, options, indices[place]!, place);
  const counts = stageCounts(joint, decision, indices.length);
  const distribution = normalizeJoint(options.calibrated ? calibrated : raw);
  const noiseRate = 1 - trace(distribution, k);
  let flags: readonly LabelFlag[] | undefined;
  let health: HealthSummary | undefined;
  let everyRow: RowScores | undefined;
  return {
    n,
    k,
    indices,
    scores: ranking.scores,
    get flags() {
      flags ??= Array.from(indices, (_, place) => flagAt(place));
      return flags;
    },
    flagAt,
    get offDiagonalRows() {
      return rowsOf(n, (i) => isOffDiagonal(joint, i));
    },
    thresholds: joint.thresholds,
    classCounts: joint.classCounts,
    get confidentJointRaw() {
      return toRows(raw, k);
    },
    get confidentJoint() {
      return toRows(calibrated, k);
    },
    get joint() {
      return toRows(distribution, k);
    },
    posteriorJoint: joint.calibratedV2,
    exactJoint: joint.exactV2,
    errorOdds,
    counts,
    noiseRate,
    get noiseInterval() {
      return noiseInterval(noiseRate, strataOf(raw, joint.classCounts, options.calibrated));
    },
    get noise() {
      const strata = strataOf(joint.rawV2, joint.classCounts);
      const rate = 1 - trace(normalizeJoint(joint.exactV2), k);
      return noiseEstimate(joint.facts, k, { rate, strata }, errorOdds?.noise);
    },
    get health() {
      health ??= healthSummary(distribution, k, n, counts.labelIssues);
      return health;
    },
    warnings: warningsOf(joint, decision, indices.length, noiseRate, asked),
    get everyRow() {
      if (options.everyRow) everyRow ??= rowScores(joint, decision);
      return everyRow;
    },
  };
}

function rowScores({ n, facts }: Estimate, { posterior, errorOdds }: Decision): RowScores {
  const { labels, selfConfidence, otherProbability } = facts;
  const margin = new Float64Array(n);
  for (let i = 0; i < n; i++) margin[i] = selfConfidence[i]! - otherProbability[i]!;
  return { labels, margin, errorProbability: posterior.errorProbability, errorOdds };
}

/** The score that flags are ordered by, ascending. */
function orderScore(
  joint: Estimate,
  decision: Decision,
  options: ResolvedOptions,
): (row: number) => number {
  const { facts, semantics, dtype } = joint;
  const { rowScores, posterior, errorOdds } = decision;
  const single = dtype === "float32";
  if (options.order === "none") return (row) => row;
  if (rowScores !== undefined) return (row) => rowScores[row]!;
  if (options.order === "posterior") return (row) => -posterior.errorProbability[row]!;
  if (options.order === "error_odds") return (row) => -errorOdds![row]!;
  if (options.order === "normalized_margin") {
    return (row) => normalizedMargin(facts, row, semantics, single);
  }
  return (row) => facts.selfConfidence[row]!;
}

function stageCounts(joint: Estimate, decision: Decision, flagged: number): StageCounts {
  const { n, k, facts } = joint;
  let confident = 0;
  let offDiagonal = 0;
  for (let i = 0; i < n; i++) {
    if (facts.guess[i]! >= 0) confident += 1;
    if (isOffDiagonal(joint, i)) offDiagonal += 1;
  }
  return {
    examples: n,
    confident,
    offDiagonal,
    labelIssues: labelIssueCount(joint),
    calibratedOffDiagonal: n - trace(joint.calibrated, k),
    prunedBeforeAgreement: decision.prunedBeforeAgreement,
    droppedByAgreement: decision.prunedBeforeAgreement - flagged,
    flagged,
  };
}

function flagOf(
  joint: Estimate,
  decision: Decision,
  options: ResolvedOptions,
  row: number,
  place: number,
): LabelFlag {
  const { facts, semantics, dtype } = joint;
  const { posterior, errorOdds } = decision;
  const given = facts.labels[row]!;
  const selfConfidence = facts.selfConfidence[row]!;
  const byPosterior = options.suggestion === "posterior";
  const { trueClass, cut } = decision.reasonOf(row);
  return {
    index: row,
    rank: place + 1,
    given,
    suggested: byPosterior ? posterior.suggested[row]! : argmaxOf(facts, row),
    suggestedProbability: byPosterior
      ? posterior.suggestedProbability[row]!
      : Math.max(selfConfidence, facts.otherProbability[row]!),
    selfConfidence,
    normalizedMargin: normalizedMargin(facts, row, semantics, dtype === "float32"),
    errorProbability: posterior.errorProbability[row]!,
    errorOdds: errorOdds?.[row],
    reason: { method: options.method, trueClass, givenClass: given, cut },
  };
}
