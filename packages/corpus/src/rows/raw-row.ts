import type { RejectReason } from "./samples.js";

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
