import { type ColumnIndexes, findColumns, votesOfCells } from "../formats/columns.js";
import { TableColumns } from "../formats/table-columns.js";
import type { ColumnChoice } from "../options/column-choice.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { RowSink } from "../rows/raw-row.js";
import { nameOfColumn, type SheetRow } from "./sheet-rows.js";

/** More empty rows than this are no rows of the table: a value stands far below it. */
const MAX_EMPTY_ROWS = 10_000;

/** Turns the rows of a sheet into those of a dataset. The first row with a value is the header. */
export class SheetTable {
  readonly #format: DatasetFormat;
  readonly #choice: ColumnChoice;
  readonly #sink: RowSink;
  #columns: ColumnIndexes | null = null;
  #kept: TableColumns | null = null;
  #width = 0;
  #nextLine = 0;
  #emptyRows = 0;

  constructor(format: DatasetFormat, choice: ColumnChoice, sink: RowSink) {
    this.#format = format;
    this.#choice = choice;
    this.#sink = sink;
  }

  take(row: SheetRow): void {
    const width = widthOf(row.cells);
    if (width === 0) return;
    if (!this.#columns) {
      this.#nextLine = row.line + 1;
      if (this.#open(Array.from({ length: width }, (_, i) => row.cells.get(i) ?? ""))) return;
    }
    this.#rejectEmptyRows(row.line);
    this.#nextLine = row.line + 1;
    this.#row(row, width);
  }

  /** Takes the header; returns whether the row was one. */
  #open(cells: readonly string[]): boolean {
    const header = this.#format.header !== false;
    const names = header ? cells : null;
    this.#width = cells.length;
    this.#columns = findColumns(this.#format, names, cells.length);
    this.#kept = new TableColumns(this.#columns, names, cells.length, this.#choice);
    this.#sink.columns(this.#kept.list);
    return header;
  }

  #rejectEmptyRows(line: number): void {
    for (let at = this.#nextLine; at < line && this.#emptyRows < MAX_EMPTY_ROWS; at += 1) {
      this.#emptyRows += 1;
      this.#sink.reject(at, "empty-line", "the row has no values", "");
    }
  }

  #row(row: SheetRow, width: number): void {
    const { line, cells } = row;
    const raw = [...cells.values()].join("\t");
    if (row.isTooLong) {
      this.#sink.reject(line, "too-long", "its texts are longer than the limit of a line", raw);
      return;
    }
    const { text, label, id, trueLabel, annotators, annotator } = this.#columns!;
    const isVoted = annotators.length > 0;
    if (width > this.#width) {
      const column = nameOfColumn(width - 1);
      const detail = `a value in column ${column}, where the first row has none; name the column there`;
      this.#sink.reject(line, "field-count", detail, raw);
      return;
    }
    for (const column of [text, label, id, trueLabel, annotator, ...annotators]) {
      const fault = row.faults?.get(column);
      if (!fault) continue;
      const detail = `${nameOfColumn(column)}${line} is ${fault.shown.slice(0, 100)}: ${fault.why}`;
      this.#sink.reject(line, "cell-error", detail, raw);
      return;
    }
    const cell = (column: number) => cells.get(column) ?? "";
    this.#sink.row({
      line,
      id: id < 0 ? null : cell(id) || null,
      text: cell(text),
      label: isVoted ? "" : cell(label),
      votes: isVoted ? votesOfCells(annotators, cell) : undefined,
      annotator: annotator < 0 ? undefined : cell(annotator),
      trueLabel: trueLabel < 0 ? null : cell(trueLabel),
      raw,
      cells: this.#kept?.cellsOf(cell),
    });
  }
}

/** How many columns a row has up to its last value; blanks are none. */
export function widthOf(cells: ReadonlyMap<number, string>): number {
  let width = 0;
  for (const [column, cell] of cells) {
    if (column >= width && cell.trim() !== "") width = column + 1;
  }
  return width;
}
