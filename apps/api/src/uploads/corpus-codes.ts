import type { ErrorCode } from "@winnow/contracts";
import type { CorpusErrorCode } from "@winnow/corpus";

/** The corpus room's codes in the catalogue; a job that reads the file fails with the same ones. */
const CODES = {
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

export const corpusCode = (code: CorpusErrorCode): ErrorCode => CODES[code];
