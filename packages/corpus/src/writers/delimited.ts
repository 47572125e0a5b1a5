import { stringify } from "csv-stringify/sync";
import { guardFormula } from "../formats/formula-guard.js";
import {
  type BatchWriter,
  type Cell,
  cellReader,
  columnsWritten,
  type WriteOptions,
} from "./batch-writer.js";

/** Cells that a reader could misread unless they are quoted. */
const QUOTED_CELLS = [/[\r\n]/, /^\s/, /\s$/, /^\uFEFF/];

/** RFC 4180 with "\n" between records and a header; null is an empty cell. */
export function csvWriter(options: WriteOptions, delimiter: string): BatchWriter {
  const guard = (cell: string) => (options.formulaGuard ? guardFormula(cell) : cell);
  const cellsOf = cellReader(options);
  const write = (records: readonly (readonly Cell[])[]) =>
    stringify(
      records.map((cells) =>
        cells.map((cell) => (typeof cell === "string" ? guard(cell) : (cell ?? ""))),
      ),
      {
        delimiter,
        record_delimiter: "\n",
        quoted_match: QUOTED_CELLS,
        cast: { boolean: (value) => String(value) },
      },
    );
  return {
    begin: () => write([columnsWritten(options).map(({ name }) => name)]),
    write: (rows) => write(rows.map(cellsOf)),
    end: () => "",
  };
}
