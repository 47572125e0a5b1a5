export { type AliasSuggestion, suggestAliases } from "./aliases.js";
export { decompress } from "./decompress.js";
export {
  type DerivedSummary,
  type DeriveOptions,
  deriveCorpus,
  type NoiseProfile,
  type OpenSamples,
} from "./derive.js";
export { CorpusError, type CorpusErrorCode, type CorpusErrorDetails } from "./errors.js";
export type { OpenSource } from "./feed.js";
export { assignFolds, classesSmallerThanFolds } from "./folds.js";
export { toutiaoClassNames } from "./formats/toutiao.js";
export { guardFormula, unguardFormula } from "./formula-guard.js";
export {
  type NearDuplicateProfile,
  type ProfiledRows,
  profileNearDuplicates,
} from "./near-duplicate-profile.js";
export { type NearDuplicateOptions, NearDuplicates } from "./near-duplicates.js";
export {
  type InjectedNoise,
  injectNoise,
  type NoiseSpec,
  noiseMatrix,
  sisterPairs,
} from "./noise.js";
export {
  type Column,
  type CorpusLimits,
  type DatasetFormat,
  defaultLimits,
  type IngestOptions,
  type LabelAlias,
  type LabelPolicy,
  type RandomAccess,
  type TextEncoding,
} from "./options.js";
export { type CorpusPreview, type PreviewOptions, previewCorpus } from "./preview.js";
export type {
  CorpusClass,
  CorpusProfile,
  CorpusSummary,
  DuplicateProfile,
  LengthProfile,
} from "./profile.js";
export { type CorpusBatch, readCorpus } from "./read-corpus.js";
export { readWhole, type WholeCorpus } from "./read-whole.js";
export { Reservoir } from "./reservoir.js";
export type { CorpusReject, CorpusSample, RejectReason } from "./rows.js";
export type {
  CorpusRow,
  ExtraColumn,
  WritableFormat,
  WriteOptions,
} from "./writers/batch-writer.js";
export { formatWritten, writeCorpus } from "./writers/write-corpus.js";
