/** Confident learning over typed arrays: thresholds, joint, pruning, ranking and reports. */

export type { AnnotatorQuality } from "./annotators/annotator-quality.js";
export { type Consensus, consensusLabels } from "./annotators/consensus.js";
export {
  type AnnotatorVotes,
  majorityVotes,
  requireOverlap,
  votesOfTable,
} from "./annotators/votes.js";
export { VoteCollector } from "./class-order/class-votes.js";
export { describeClassOrder } from "./class-order/describe.js";
export { type ClassOrder, findClassOrder } from "./class-order/find-class-order.js";
export { calibrateJoint, normalizeJoint, scaledJoint } from "./count/joint.js";
export { type LatentEstimates, latentEstimates } from "./count/latent.js";
export type { NoiseEstimate, NoiseReadings } from "./count/noise-estimate.js";
export type { Interval } from "./count/noise-interval.js";
export { type PruneCountOptions, pruneCounts } from "./count/prune-counts.js";
export { ConfidentLearningError, type ConfidentLearningErrorCode } from "./errors.js";
export type { Reason } from "./filter/decide.js";
export { type Transition, transitionOf } from "./filter/posterior.js";
export {
  type Findings,
  type FindingsInput,
  listFindings,
} from "./findings/find-findings.js";
export type { LabelConflict, LabelConflicts } from "./findings/label-conflicts.js";
export type { LabelOrder } from "./findings/label-order.js";
export type { Outliers } from "./findings/outliers.js";
export type { RowGrouping, WeakGroup, WeakGroups } from "./findings/weak-groups.js";
export { type FoldSource, splitByFold } from "./input/fold-source.js";
export type { FindOptions, Method, Order, Progress, Semantics } from "./input/options.js";
export { clipProbability } from "./input/probability-checks.js";
export { arraySource, type ProbabilityBlock, type ProbabilitySource } from "./input/source.js";
export { estimateMemory, type MemoryEstimate } from "./issues/estimate-memory.js";
export { findLabelIssues, passesOf } from "./issues/find-label-issues.js";
export type { ClassHealth, HealthSummary, OverlappingPair } from "./issues/health.js";
export type { LabelFlag, LabelIssues, RowScores, StageCounts } from "./issues/label-issues.js";
export {
  type LabelLevel,
  type LevelNoise,
  labelLevels,
  noiseAtLevel,
  treeDistance,
} from "./issues/label-levels.js";
export { labelQualityScores, type ScoreOptions } from "./issues/label-quality-scores.js";
export type { FoldedLabelIssues, FoldIssues } from "./issues/merge-folds.js";
export {
  findMultiLabelIssues,
  type MultiLabelBlock,
  type MultiLabelIssues,
  type MultiLabelSource,
  multiLabelArraySource,
} from "./issues/multi-label.js";
export { type ClassNoise, noiseByClass } from "./issues/noise-by-class.js";
export { findLabelIssuesPerFold } from "./issues/per-fold.js";
export {
  type SoftLabelBlock,
  type SoftTargets,
  softLabels,
  softTargetsOf,
} from "./issues/soft-labels.js";
export type { Warning } from "./issues/warnings.js";
export {
  meanInto,
  POOL_SHARES,
  type PoolMember,
  poolInto,
  type VectorShares,
  vectorShares,
} from "./pool/pool.js";
export { meanOfSources, poolOfSources, type SourceMember } from "./pool/pool-sources.js";
export { type RecipeChoice, recipeFor, secondRoundWarnings } from "./pool/recipe.js";
export { secondRoundTargets } from "./pool/second-round.js";
export type { ErrorOddsFigures } from "./rank/error-odds.js";
export type { QualityScore } from "./rank/label-quality.js";
export { compareWithTruth, type TruthComparison } from "./truth/compare.js";
export { type CurveScore, type PrecisionStep, precisionCurve } from "./truth/precision-curve.js";
