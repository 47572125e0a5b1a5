import { CorpusError } from "../errors.js";
import type { BatchWriter } from "./batch-writer.js";

/** A row of a format whose lines have fixed parts. What a format has no place for is left out. */
export interface LineRow {
  id: string | null;
  text: string;
  label: string;
  /** fastText: every label of the row. */
  labels?: readonly string[] | undefined;
  /** Toutiao: the label's field as it stands in such a file, where it is more than the label. */
  labelField?: string | undefined;
  keywords?: string | null | undefined;
  /** Of the multi-level Toutiao format. */
  tags?: string | null | undefined;
  /** Of the Toutiao format; by default that of the label, if it is one of the format's own 15. */
  code?: string | null | undefined;
}

/** How a format without escapes writes a row. */
export interface LineSyntax {
  /** Why reading the row's line would not give the row back; null if it would. */
  whyNot(row: LineRow): string | null;
  /** Without the line's end. */
  lineOf(row: LineRow): string;
  /** The nearest row that can be written. */
  cleaned(row: LineRow): LineRow;
}

/** Writes rows in a format without escapes; those that it cannot hold are refused or cleaned. */
export function lineWriter(
  format: string,
  syntax: LineSyntax,
  unwritable: "throw" | "clean",
): BatchWriter<LineRow> {
  let written = 0;
  const line = (row: LineRow): string => {
    written += 1;
    const why = syntax.whyNot(row);
    if (why === null) return `${syntax.lineOf(row)}\n`;
    if (unwritable === "clean") return `${syntax.lineOf(syntax.cleaned(row))}\n`;
    throw new CorpusError(
      "unwritable-row",
      `Row ${written} does not fit into a "${format}" file: ${why}. Write jsonl or csv instead.`,
      { line: written },
    );
  };
  return { begin: () => "", write: (rows) => rows.map(line).join(""), end: () => "" };
}
