export { decompress } from "./bytes/decompress.js";
export {
  type DerivedSummary,
  type DeriveOptions,
  deriveCorpus,
  type NoiseProfile,
  type OpenSamples,
} from "./derive/derive.js";
export {
  type NearDuplicateProfile,
  type ProfiledRows,
  profileNearDuplicates,
} from "./duplicates/near-duplicate-profile.js";
export { type NearDuplicateOptions, NearDuplicates } from "./duplicates/near-duplicates.js";
export { CorpusError, type CorpusErrorCode, type CorpusErrorDetails } from "./errors.js";
export { guardFormula, unguardFormula } from "./formats/formula-guard.js";
export { toutiaoClassNames } from "./formats/toutiao.js";
export { type AliasSuggestion, suggestAliases } from "./labels/aliases.js";
export {
  type Column,
  type CorpusLimits,
  type DatasetFormat,
  DEFAULT_LIMITS,
  type IngestOptions,
  type LabelAlias,
  type LabelPolicy,
  type RandomAccess,
  type TextEncoding,
} from "./options/options.js";
export type { OpenSource } from "./reading/feed.js";
export { type CorpusPreview, type PreviewOptions, previewCorpus } from "./reading/preview.js";
export { type CorpusBatch, readCorpus } from "./reading/read-corpus.js";
export { readWhole, type WholeCorpus } from "./reading/read-whole.js";
export type { CorpusReject, CorpusSample, RejectReason } from "./rows/rows.js";
export { assignFolds, classesSmallerThanFolds } from "./sampling/folds.js";
export {
  type InjectedNoise,
  injectNoise,
  type NoiseSpec,
  noiseMatrix,
  sisterPairs,
} from "./sampling/noise.js";
export { Reservoir } from "./sampling/reservoir.js";
export type {
  CorpusClass,
  CorpusProfile,
  CorpusSummary,
  DuplicateProfile,
  LengthProfile,
} from "./statistics/profile.js";
export type {
  CorpusRow,
  ExtraColumn,
  WritableFormat,
  WriteOptions,
} from "./writers/batch-writer.js";
export { formatWritten, writeCorpus } from "./writers/write-corpus.js";
