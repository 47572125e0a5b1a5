import type { ErrorCode } from "./error-catalogue.js";
import { AppError, type FieldError } from "./errors.js";

// The packages that compute have error codes of their own. Here they become codes of the catalogue.
// Where an app uses a table, `satisfies` holds its keys against the package's codes.

export const CORPUS_CODES = {
  "bad-encoding": "corpus-invalid",
  "bad-folds": "invalid-parameters",
  "bad-format": "invalid-parameters",
  "bad-gzip": "bad-gzip",
  "bad-json": "corpus-invalid",
  "bad-label-names": "invalid-parameters",
  "bad-noise": "invalid-parameters",
  "bad-options": "invalid-parameters",
  "bad-parquet": "corpus-invalid",
  "bad-xlsx": "corpus-invalid",
  "bad-zip": "corpus-invalid",
  "bad-zstd": "corpus-invalid",
  "binary-file": "binary-file",
  "column-not-found": "column-not-found",
  "empty-file": "empty-file",
  "format-unclear": "format-unclear",
  "label-names-mismatch": "invalid-parameters",
  "no-rows-kept": "no-rows-kept",
  "single-class": "single-class",
  "too-large-buffered": "decompressed-too-large",
  "too-large-decompressed": "decompressed-too-large",
  "too-many-classes": "corpus-invalid",
  "unsupported-file": "unsupported-file",
  "unwritable-row": "unwritable-rows",
} as const satisfies Record<string, ErrorCode>;

export const CONFIDENT_LEARNING_CODES = {
  "empty-input": "invalid-probabilities",
  "length-mismatch": "invalid-probabilities",
  "label-out-of-range": "invalid-probabilities",
  "probability-not-finite": "invalid-probabilities",
  "probability-out-of-range": "invalid-probabilities",
  "one-class-only": "single-class",
  "invalid-option": "invalid-parameters",
  "invalid-source": "internal",
  "invalid-votes": "invalid-parameters",
  "no-overlap": "invalid-parameters",
  "too-large": "invalid-parameters",
} as const satisfies Record<string, ErrorCode>;

/** Of encoder and linear. */
export const TRAINING_CODES = {
  "backend-unavailable": "backend-unavailable",
  "bad-config": "invalid-parameters",
  "bad-vocabulary": "invalid-parameters",
  "bad-training-options": "invalid-parameters",
  "bad-training-data": "invalid-parameters",
  "invalid-vectors": "invalid-parameters",
  "too-large": "invalid-parameters",
  "bad-checkpoint": "checkpoint-refused",
  "unsupported-checkpoint": "checkpoint-refused",
  "missing-weights": "checkpoint-refused",
  "training-diverged": "training-failed",
  cancelled: "training-failed",
} as const satisfies Record<string, ErrorCode>;

/** Of embeddings. */
export const EMBEDDINGS_CODES = {
  "endpoint-address": "endpoint-refused",
  "endpoint-unavailable": "endpoint-unavailable",
  "endpoint-refused": "endpoint-refused",
  "endpoint-answer": "endpoint-refused",
  "other-model": "endpoint-refused",
  "damaged-cache": "endpoint-refused",
  "text-refused": "endpoint-refused",
  cancelled: "training-failed",
} as const satisfies Record<string, ErrorCode>;

/** An error of a package under its code of the catalogue, with its message. */
export const translated = <C extends string>(
  codes: Readonly<Record<C, ErrorCode>>,
  error: Error & { readonly code: C },
  errors: readonly FieldError[] = [],
): AppError => new AppError(codes[error.code], error.message, { cause: error, errors });
