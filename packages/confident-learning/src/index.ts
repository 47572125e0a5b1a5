/** Confident learning over typed arrays: thresholds, joint, pruning, ranking and reports. */

export { calibrateJoint, normalizeJoint } from "./count/joint.js";
export { type LatentEstimates, latentEstimates } from "./count/latent.js";
export { type PruneCountOptions, pruneCounts } from "./count/prune-counts.js";
export { ConfidentLearningError, type ConfidentLearningErrorCode } from "./errors.js";
export { estimateMemory, type MemoryEstimate } from "./estimate-memory.js";
export type { Reason } from "./filter/decide.js";
export { type Transition, transitionOf } from "./filter/posterior.js";
export { findLabelIssues } from "./find-label-issues.js";
export { type FoldSource, splitByFold } from "./fold-source.js";
export type { ClassHealth, HealthSummary, OverlappingPair } from "./health.js";
export type { LabelFlag, LabelIssues, RowScores, StageCounts } from "./label-issues.js";
export { labelQualityScores, type ScoreOptions } from "./label-quality-scores.js";
export {
  findMultiLabelIssues,
  type MultiLabelBlock,
  type MultiLabelIssues,
  type MultiLabelSource,
  multiLabelArraySource,
} from "./multi-label.js";
export type { FindOptions, Method, Order, Progress, Semantics } from "./options.js";
export {
  type FoldedLabelIssues,
  type FoldIssues,
  findLabelIssuesPerFold,
} from "./per-fold.js";
export type { QualityScore } from "./rank/label-quality.js";
export { type SoftLabelBlock, softLabels } from "./soft-labels.js";
export { arraySource, type ProbabilityBlock, type ProbabilitySource } from "./source.js";
export { compareWithTruth, type TruthComparison } from "./truth/compare.js";
export type { Warning } from "./warnings.js";
