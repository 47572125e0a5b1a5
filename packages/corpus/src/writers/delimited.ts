import { stringify } from "csv-stringify/sync";
import { CorpusError } from "../errors.js";
import { guardFormula } from "../formats/formula-guard.js";
import type { BatchWriter, CellRow, TableOptions } from "./batch-writer.js";
import { type FieldWriter, fieldWriter } from "./fields.js";

/** Cells that a reader could misread unless they are quoted. */
const QUOTED_CELLS = [/[\r\n]/, /^\s/, /\s$/, /^\uFEFF/];

/** A table of text with "\n" between records and a header; null is an empty cell. */
export function csvWriter(options: TableOptions): BatchWriter<CellRow> {
  const { columns, header = true } = options;
  const delimiter = options.delimiter ?? (options.format === "tsv" ? "\t" : ",");
  const textsOf = textWriter(options);
  const fields = fieldWriter(options);
  const write = (records: readonly CellRow[]): string => {
    const texts = records.map(textsOf);
    if (!fields) {
      return stringify(texts, { delimiter, record_delimiter: "\n", quoted_match: QUOTED_CELLS });
    }
    const isCleaned = options.unwritable === "clean";
    return texts.map((row) => `${recordOf(row, fields, isCleaned).join(delimiter)}\n`).join("");
  };
  return {
    begin: () => (header ? write([columns.map(({ name }) => name)]) : ""),
    write,
    end: () => "",
  };
}

/** Why a table in this format cannot hold a row; null if it can, as all with quotes do. */
export function whyNoRecord(options: TableOptions): ((cells: CellRow) => string | null) | null {
  const fields = fieldWriter(options);
  if (!fields || options.quote !== "none") return null;
  const textsOf = textWriter(options);
  return (cells) =>
    textsOf(cells)
      .map(fields.whyNot)
      .find((why) => why !== null) ?? null;
}

function textWriter({ formulaGuard }: TableOptions): (cells: CellRow) => string[] {
  const guard = (cell: string) => (formulaGuard ? guardFormula(cell) : cell);
  return (cells) =>
    cells.map((cell) => (typeof cell === "string" ? guard(cell) : String(cell ?? "")));
}

function recordOf(texts: readonly string[], fields: FieldWriter, isCleaned: boolean): string[] {
  return texts.map((text) => {
    const why = fields.whyNot(text);
    if (why === null) return fields.fieldOf(text);
    if (isCleaned) return fields.fieldOf(fields.cleaned(text));
    throw new CorpusError("unwritable-row", `A row does not fit into the file: ${why}.`);
  });
}
