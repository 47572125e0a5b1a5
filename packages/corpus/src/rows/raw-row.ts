import type { RejectReason } from "./samples.js";

/**
 * A label as the file types it. A text is a name before it is an index; a number is an index
 * wherever class names are known, and never a name.
 */
export type LabelValue = string | number | bigint | boolean;

/** A row as a format reader returns it, before labels are resolved. */
export interface RawRow {
  line: number;
  id: string | null;
  text: string;
  /** One label field, or a list if the format itself separates labels. */
  label: LabelValue | readonly LabelValue[];
  trueLabel: LabelValue | readonly LabelValue[] | null;
  /** The row as it is in the file, for the excerpt of a reject. */
  raw: string;
}

/** Takes the rows of a format reader, in file order. */
export interface RowSink {
  row(row: RawRow): void;
  reject(line: number, reason: RejectReason, detail: string, raw: string): void;
}
