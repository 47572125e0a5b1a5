import type { CorpusReject, RejectReason } from "./rows/samples.js";

// Also an entry of its own, "@winnow/corpus/errors": a program that reads no files loads no formats.
export { REJECT_ADVICE, type RejectAdvice } from "./rows/reject-advice.js";

/** Faults of the whole file: the file, or its options, cannot become a dataset. */
export type CorpusErrorCode =
  | "bad-encoding"
  | "bad-folds"
  | "bad-format"
  | "bad-gzip"
  | "bad-json"
  | "bad-label-names"
  | "bad-noise"
  | "bad-options"
  | "bad-parquet"
  | "bad-xlsx"
  | "bad-zip"
  | "bad-zstd"
  | "binary-file"
  | "column-not-found"
  | "empty-file"
  | "format-unclear"
  | "label-names-mismatch"
  | "no-rows-kept"
  | "single-class"
  | "too-large-buffered"
  | "too-large-decompressed"
  | "too-many-classes"
  | "unsupported-file"
  | "unwritable-row";

/** Facts that accompany the message; each is present only where it applies. */
export interface CorpusErrorDetails {
  /** The column that was asked for. */
  column?: string;
  /** The columns the file has, in file order. */
  columns?: readonly string[];
  /** Rejected rows by reason, most frequent first. */
  rejected?: readonly { reason: RejectReason; count: number }[];
  /** The first 1,000 rejected rows, in file order. */
  rejects?: readonly CorpusReject[];
  /** What would read the file better, by the option of an ingest's parameters. */
  hints?: readonly { pointer: string; detail: string }[];
  /** 1-based line where the fault shows. */
  line?: number;
  /** The limit that was exceeded, in the unit of its option. */
  limit?: number;
}

/**
 * A fault that ends the reading of a file. `code` is stable; the message says what is wrong, where,
 * and how to fix it. Faults of single rows are rejects, never errors.
 */
export class CorpusError extends Error {
  override readonly name = "CorpusError";

  constructor(
    readonly code: CorpusErrorCode,
    message: string,
    readonly details: CorpusErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
