import { stringify } from "csv-stringify/sync";
import { guardFormula } from "../formats/formula-guard.js";
import type { BatchWriter, CellRow, TableOptions } from "./batch-writer.js";

/** Cells that a reader could misread unless they are quoted. */
const QUOTED_CELLS = [/[\r\n]/, /^\s/, /\s$/, /^\uFEFF/];

/** RFC 4180 with "\n" between records and a header; null is an empty cell. */
export function csvWriter(options: TableOptions): BatchWriter<CellRow> {
  const { columns, formulaGuard, header = true } = options;
  const delimiter = options.delimiter ?? (options.format === "tsv" ? "\t" : ",");
  const guard = (cell: string) => (formulaGuard ? guardFormula(cell) : cell);
  const write = (records: readonly CellRow[]) =>
    stringify(
      records.map((cells) =>
        cells.map((cell) => (typeof cell === "string" ? guard(cell) : String(cell ?? ""))),
      ),
      { delimiter, record_delimiter: "\n", quoted_match: QUOTED_CELLS },
    );
  return {
    begin: () => (header ? write([columns.map(({ name }) => name)]) : ""),
    write,
    end: () => "",
  };
}
