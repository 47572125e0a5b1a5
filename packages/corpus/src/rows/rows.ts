/** Why a row is left out. The strings are stable: they are stored and shown. */
export type RejectReason =
  | "bad-encoding"
  | "bad-json"
  | "bad-quotes"
  | "bad-utf8"
  | "class-too-small"
  | "duplicate"
  | "empty-label"
  | "empty-line"
  | "empty-text"
  | "field-count"
  | "missing-field"
  | "multiple-labels"
  | "not-sampled"
  | "nul-character"
  | "short-path"
  | "too-long"
  | "unclosed-quote"
  | "unknown-label"
  | "wrong-type";

/** A kept row. `ordinal` counts kept rows from 0 in input order; `line` counts lines from 1. */
export interface CorpusSample {
  ordinal: number;
  line: number;
  externalId: string | null;
  text: string;
  classIndex: number;
  /** Class of the true label where the file has one; it is never trained on. */
  trueClassIndex: number | null;
  /** Only under the policy "all": every class of the row, `classIndex` first. */
  allClassIndexes?: readonly number[];
}

/** A row left out: where it begins, why, and its first 200 characters at most. */
export interface CorpusReject {
  line: number;
  reason: RejectReason;
  detail: string;
  excerpt: string;
}

/** What a format reader makes of a row, before labels are resolved. */
export interface RawRow {
  line: number;
  id: string | null;
  text: string;
  /** One label field, or the list where the format itself keeps labels apart. */
  label: string | readonly string[];
  trueLabel: string | null;
  /** The row as it stands in the file, for the excerpt of a reject. */
  raw: string;
}

/** Takes the rows of a format reader, in file order. */
export interface RowSink {
  row(row: RawRow): void;
  reject(line: number, reason: RejectReason, detail: string, raw: string): void;
}

/** The longest excerpt, in UTF-16 units. */
export const EXCERPT_LENGTH = 200;

/** The head of a raw row; a surrogate pair is never cut in half. */
export function excerptOf(raw: string): string {
  return raw.length <= EXCERPT_LENGTH ? raw : raw.slice(0, EXCERPT_LENGTH).toWellFormed();
}

/**
 * A copy that stands alone. A string cut from a block of the file keeps the whole block alive, so
 * what is held for longer than a batch is copied first.
 */
export function detachedText(text: string): string {
  return Buffer.from(text, "utf8").toString("utf8");
}
