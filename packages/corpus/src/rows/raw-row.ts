import type { Cells, FileColumn } from "./file-column.js";
import type { RejectReason } from "./samples.js";
import type { WrittenNumber } from "./written-number.js";

/**
 * A label as the file types it. A text is a name before it is an index; a number is an index
 * wherever class names are known, and never a name.
 */
export type LabelValue = string | number | bigint | boolean | WrittenNumber;

/** The label that an annotator, a number from 0, gave a row; an empty text or list is none. */
export interface RawVote {
  readonly annotator: number;
  readonly label: LabelValue | readonly LabelValue[];
}

/** A row as a format reader returns it, before labels are resolved. */
export interface RawRow {
  line: number;
  id: string | null;
  text: string;
  /** One label field, or a list if the format itself separates labels. */
  label: LabelValue | readonly LabelValue[];
  /** Instead of a label: what annotators gave. */
  votes?: readonly RawVote[] | undefined;
  /** Of a file with one annotator's label a row: who gave it. */
  annotator?: string | undefined;
  trueLabel: LabelValue | readonly LabelValue[] | null;
  /** The row as it is in the file, for the excerpt of a reject. */
  raw: string;
  /**
   * The row's values in the order of the sink's columns, if any are kept. In the column of a role:
   * null if the value is the text, label or id above, else the value.
   */
  cells?: Cells | undefined;
}

/** Takes the rows of a format reader, in file order. */
export interface RowSink {
  /** The columns of the rows to come; called again when there are more, which are the last ones. */
  columns(columns: readonly FileColumn[]): void;
  row(row: RawRow): void;
  reject(line: number, reason: RejectReason, detail: string, raw: string): void;
}
