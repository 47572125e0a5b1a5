/** Whole-file faults: the file, or the options for it, cannot give a dataset. */
export type CorpusErrorCode =
  | "bad-encoding"
  | "bad-folds"
  | "bad-format"
  | "bad-gzip"
  | "bad-label-names"
  | "bad-noise"
  | "bad-options"
  | "bad-parquet"
  | "bad-zstd"
  | "binary-file"
  | "column-not-found"
  | "empty-file"
  | "label-names-mismatch"
  | "no-rows-kept"
  | "single-class"
  | "too-large-buffered"
  | "too-large-decompressed"
  | "too-many-classes"
  | "unwritable-row";

/** Facts beside the message; each is present only where it says something. */
export interface CorpusErrorDetails {
  /** The column that was asked for. */
  column?: string;
  /** The columns the file has, in file order. */
  columns?: readonly string[];
  /** Rejected rows by reason, most frequent first. */
  rejected?: readonly { reason: string; count: number }[];
  /** 1-based line where the fault shows. */
  line?: number;
  /** A limit that was passed, in the unit of its option. */
  limit?: number;
}

/**
 * A fault that ends the reading of a file. `code` is stable; the message says what, where, and how
 * to mend it. Faults of single rows are rejects, never errors.
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
