/** Confident learning over typed arrays: thresholds, joint, pruning, ranking and reports. */
export { ConfidentLearningError, type ConfidentLearningErrorCode } from "./errors.js";
export type { Reason } from "./filter/decide.js";
export {
  findLabelIssues,
  type LabelFlag,
  type LabelIssues,
  type StageCounts,
} from "./find-label-issues.js";
export type { ClassHealth, HealthSummary, OverlappingPair } from "./health.js";
export type { FindOptions, Method, Order, Progress, Semantics } from "./options.js";
export { arraySource, type ProbabilityBlock, type ProbabilitySource } from "./source.js";
export type { Warning } from "./warnings.js";
export { calibrateJoint, normalizeJoint } from "./count/joint.js";
export { type LatentEstimates, latentEstimates } from "./count/latent.js";
export { keepDiagonal, pruneCounts, type PruneCountOptions } from "./count/prune-counts.js";
export type { QualityScore } from "./rank/label-quality.js";
export { labelQualityScores, type ScoreOptions } from "./label-quality-scores.js";
