export { decompress } from "./bytes/decompress.js";
export { type DerivedSummary, deriveCorpus } from "./derive/derive.js";
export type { DeriveOptions, OpenSamples } from "./derive/derive-options.js";
export type { NoiseProfile } from "./derive/noise-profile.js";
export {
  findNearDuplicates,
  type NearDuplicateProfile,
  type ProfiledRows,
} from "./duplicates/near-duplicate-profile.js";
export { type NearDuplicateOptions, NearDuplicates } from "./duplicates/near-duplicates.js";
export {
  CorpusError,
  type CorpusErrorCode,
  type CorpusErrorDetails,
  REJECT_ADVICE,
  type RejectAdvice,
} from "./errors.js";
export { guardFormula, unguardFormula } from "./formats/formula-guard.js";
export { croissant } from "./hub/croissant.js";
export { datasetCard } from "./hub/dataset-card.js";
export {
  type HubConfig,
  type HubFile,
  type HubFolder,
  hubFilePath,
} from "./hub/dataset-folder.js";
export { dtypeOf, type HubColumn } from "./hub/features.js";
export { type AliasSuggestion, suggestAliases } from "./labels/aliases.js";
export { similarClasses } from "./labels/class-warnings.js";
export { looksLikeLabelLists } from "./labels/label-list.js";
export { ColumnChoice, type KeptColumns } from "./options/column-choice.js";
export type {
  Column,
  DatasetFormat,
  GivenFormat,
  RequestedFormat,
  TextEncoding,
} from "./options/dataset-format.js";
export { TEXT_ENCODINGS } from "./options/dataset-format.js";

export type { IngestOptions, RandomAccess } from "./options/ingest-options.js";
export type { LabelAlias, LabelPolicy } from "./options/label-policy.js";
export { type CorpusLimits, DEFAULT_LIMITS } from "./options/limits.js";
export { type NamedPreview, type NamedSample, namedPreview } from "./reading/named-preview.js";
export { isReadByPosition, type OpenSource } from "./reading/open-file.js";
export { openUnpacked, type UnpackOptions } from "./reading/open-unpacked.js";
export { type CorpusPreview, type PreviewOptions, previewCorpus } from "./reading/preview.js";
export { type CorpusBatch, readCorpus } from "./reading/read-corpus.js";
export { readWhole, type WholeCorpus } from "./reading/read-whole.js";
export { type GuessedFormat, resolveFormat } from "./reading/resolve-format.js";
export { excerptOf } from "./rows/excerpt.js";
export type { Cells, ColumnRole, ColumnType, FileColumn } from "./rows/file-column.js";
export { hasLabel } from "./rows/relabelled.js";
export type { CorpusReject, CorpusSample, RejectReason, Vote } from "./rows/samples.js";
export { toutiaoClassNames } from "./rows/toutiao-classes.js";
export type { DissentSpec } from "./sampling/dissent.js";
export { assignFolds, classesSmallerThanFolds } from "./sampling/folds.js";
export {
  type InjectedNoise,
  injectNoise,
  type NoiseSpec,
  noiseMatrix,
  sisterPairs,
} from "./sampling/noise.js";
export { Reservoir } from "./sampling/reservoir.js";
export type { AnnotatorFigures, AnnotatorProfile } from "./statistics/annotator-profile.js";
export type {
  CorpusClass,
  CorpusProfile,
  CorpusSummary,
  DuplicateProfile,
  LengthProfile,
} from "./statistics/profile.js";
export { type RowGrouping, RowGroups } from "./statistics/row-groups.js";
export type {
  BatchWriter,
  Cell,
  CellRow,
  CellType,
  TableFormat,
  TableOptions,
  WritableFormat,
  WrittenColumn,
} from "./writers/batch-writer.js";
export { whyNoRecord } from "./writers/delimited.js";
export {
  type FileRow,
  fileCell,
  fileCellType,
  storedCell,
} from "./writers/file-cells.js";
export { fileLineRow, type RowsFile } from "./writers/file-lines.js";
export {
  type CorpusRow,
  formatWritten,
  isLineFormat,
  type WriteOptions,
  whyUnwritable,
  writeCorpus,
} from "./writers/write-corpus.js";
export type { LineRow } from "./writers/write-lines.js";
export { charactersOf, tableWriter, writeTable } from "./writers/write-table.js";
