import {
  ConfidentLearningError,
  type ConfidentLearningErrorCode,
} from "@winnow/confident-learning";
import { AppError, type ErrorCode, type JobKind } from "@winnow/contracts";
import { CorpusError, type CorpusErrorCode } from "@winnow/corpus";
import { type FullPlace, fullStorage } from "@winnow/storage";

// The rooms of mathematics have error codes of their own; here they become the catalogue's.

const CORPUS_CODES = {
  "bad-encoding": "corpus-invalid",
  "bad-folds": "invalid-parameters",
  "bad-format": "invalid-parameters",
  "bad-gzip": "bad-gzip",
  "bad-label-names": "invalid-parameters",
  "bad-noise": "invalid-parameters",
  "bad-options": "invalid-parameters",
  "bad-parquet": "corpus-invalid",
  "bad-zstd": "corpus-invalid",
  "binary-file": "binary-file",
  "column-not-found": "column-not-found",
  "empty-file": "empty-file",
  "label-names-mismatch": "invalid-parameters",
  "no-rows-kept": "no-rows-kept",
  "single-class": "single-class",
  "too-large-buffered": "decompressed-too-large",
  "too-large-decompressed": "decompressed-too-large",
  "too-many-classes": "corpus-invalid",
  "unwritable-row": "internal",
} as const satisfies Record<CorpusErrorCode, ErrorCode>;

const CONFIDENT_LEARNING_CODES = {
  "empty-input": "invalid-probabilities",
  "length-mismatch": "invalid-probabilities",
  "label-out-of-range": "invalid-probabilities",
  "probability-not-finite": "invalid-probabilities",
  "probability-out-of-range": "invalid-probabilities",
  "one-class-only": "single-class",
  "invalid-option": "invalid-parameters",
  "invalid-source": "internal",
  "too-large": "invalid-parameters",
} as const satisfies Record<ConfidentLearningErrorCode, ErrorCode>;

/** Of encoder and linear, by code: only the trainer's child loads those rooms, and checks this table. */
export const TRAINING_CODES = {
  "backend-unavailable": "backend-unavailable",
  "bad-config": "invalid-parameters",
  "bad-vocabulary": "invalid-parameters",
  "bad-training-options": "invalid-parameters",
  "bad-training-data": "invalid-parameters",
  "bad-checkpoint": "checkpoint-refused",
  "unsupported-checkpoint": "checkpoint-refused",
  "missing-weights": "checkpoint-refused",
  "training-diverged": "training-failed",
  cancelled: "training-failed",
} as const satisfies Record<string, ErrorCode>;

const NO_ROOM: Readonly<Record<FullPlace, string>> = {
  folder: "where STORAGE_DIR lies",
  postgres: "on the disk of Postgres",
  bucket: "in the bucket of S3_BUCKET",
};

/**
 * The error as an `AppError` of the catalogue. What is no fault of the caller's becomes
 * `training-failed` in training, else `internal`; its message stays in the log.
 */
export function asAppError(error: unknown, kind: JobKind): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof CorpusError) return translated(CORPUS_CODES[error.code], error);
  if (error instanceof ConfidentLearningError) {
    return translated(CONFIDENT_LEARNING_CODES[error.code], error);
  }
  if (!(error instanceof Error)) return ownFault(kind, error);
  const code = "code" in error ? String(error.code) : "";
  if ((error.name === "EncoderError" || error.name === "LinearError") && code in TRAINING_CODES) {
    return translated(TRAINING_CODES[code as keyof typeof TRAINING_CODES], error);
  }
  const full = fullStorage(error);
  if (full) {
    const detail = `There is no room left ${NO_ROOM[full.place]} (${full.code}). Make room, then retry the job.`;
    return new AppError("storage-full", detail, { cause: error });
  }
  return ownFault(kind, error);
}

const translated = (code: ErrorCode, error: Error) =>
  new AppError(code, error.message, { cause: error });

const ownFault = (kind: JobKind, cause: unknown) =>
  kind === "fold-training"
    ? new AppError("training-failed", "Training ended in an error; the worker's log has it.", {
        cause,
      })
    : new AppError("internal", "The task ended in an error of ours; the worker's log has it.", {
        cause,
      });
