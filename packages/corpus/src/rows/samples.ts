import type { Cells } from "./file-column.js";

/** Why a row is left out. The strings are stable: they are stored and shown. */
export type RejectReason =
  | "bad-encoding"
  | "bad-json"
  | "bad-label-list"
  | "bad-utf8"
  | "cell-error"
  | "class-too-small"
  | "duplicate"
  | "empty-label"
  | "empty-line"
  | "empty-text"
  | "field-count"
  | "missing-field"
  | "multiple-labels"
  | "not-in-split"
  | "not-sampled"
  | "nul-character"
  | "second-label"
  | "short-path"
  | "too-long"
  | "unknown-label"
  | "wrong-type";

/** The class that an annotator, a number from 0, gave a row. */
export interface Vote {
  readonly annotator: number;
  readonly classIndex: number;
}

/** A kept row. `ordinal` counts kept rows from 0 in input order; `line` counts lines from 1. */
export interface CorpusSample {
  ordinal: number;
  line: number;
  /** On request: the record's number in the file from 1, rejected ones counted, empty lines not. */
  record?: number;
  externalId: string | null;
  text: string;
  classIndex: number;
  /** Class of the true label if the file has one; training never uses it. */
  trueClassIndex: number | null;
  /** Only under the policy "all": every class of the row, `classIndex` first. */
  allClassIndexes?: readonly number[];
  /** Where several annotators labelled rows: who gave it which class, by annotator. */
  votes?: readonly Vote[];
  /** How probable the class is, where it is a consensus of annotators and a model. */
  labelQuality?: number | null;
  /** The row's values in the order of the corpus's `columns`; absent if all are null. */
  cells?: Cells;
}

/** A row that is left out: where it begins, why, and at most its first 200 characters. */
export interface CorpusReject {
  line: number;
  reason: RejectReason;
  detail: string;
  excerpt: string;
}
