import type { EXPORT_FORMATS } from "@winnow/contracts";
import type { ExportRow } from "@winnow/store";
import { stringify } from "csv-stringify/sync";

/** Rows that are formatted at a time. */
const batchRows = 500;

interface ExportFormat {
  readonly contentType: string;
  /** Formats a batch of rows in order. */
  format(rows: readonly ExportRow[]): string;
  /** What stands before the first row. */
  readonly head: string;
}

/** The fields of one exported sample, the same in every format and split. */
const recordOf = (row: ExportRow) => ({
  ordinal: row.ordinal,
  line: row.line,
  id: row.externalId,
  text: row.text,
  label: row.label,
  trueLabel: row.trueLabel,
  flagged: row.flagged,
  suggested: row.suggested,
  rank: row.rank,
  normalizedMargin: row.normalizedMargin,
});

const COLUMNS: (keyof ReturnType<typeof recordOf>)[] = [
  "ordinal",
  "line",
  "id",
  "text",
  "label",
  "trueLabel",
  "flagged",
  "suggested",
  "rank",
  "normalizedMargin",
];

export const EXPORT_WRITERS: Readonly<Record<(typeof EXPORT_FORMATS)[number], ExportFormat>> = {
  jsonl: {
    contentType: "application/x-ndjson; charset=utf-8",
    head: "",
    format: (rows) => rows.map((row) => `${JSON.stringify(recordOf(row))}\n`).join(""),
  },
  csv: {
    contentType: "text/csv; charset=utf-8; header=present",
    head: stringify([COLUMNS]),
    format: (rows) =>
      stringify(rows.map(recordOf), {
        columns: COLUMNS,
        // Samples are hostile text: a cell that a spreadsheet would run gets a quote before it.
        escape_formulas: true,
        cast: { boolean: String },
      }),
  },
};

/** The rows as text, batch by batch. */
export async function* formatRows(
  rows: AsyncIterable<ExportRow>,
  { head, format }: ExportFormat,
): AsyncGenerator<string> {
  if (head !== "") yield head;
  let batch: ExportRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < batchRows) continue;
    yield format(batch);
    batch = [];
  }
  if (batch.length > 0) yield format(batch);
}
