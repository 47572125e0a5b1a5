import type { ColumnChoice } from "../options/column-choice.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { CorpusLimits } from "../options/limits.js";
import type { RowSink } from "../rows/raw-row.js";
import { type ColumnIndexes, findColumns, votesOfCells } from "./columns.js";
import type { FieldSyntax } from "./field-scanner.js";
import { unguardFormula } from "./formula-guard.js";
import { withoutReturns } from "./line-ending.js";
import { RecordAssembler, type RecordSink } from "./record-assembler.js";
import type { RowReader } from "./row-reader.js";
import { namedDelimiter } from "./separator-line.js";
import { TableColumns } from "./table-columns.js";

/**
 * RFC 4180 rows with any delimiter, with or without a header; the format can say that quotes are
 * characters, or that a backslash escapes. A first line "sep=;" that names the delimiter is skipped.
 */
export function delimitedReader(
  format: DatasetFormat,
  limits: CorpusLimits,
  choice: ColumnChoice,
): RowReader {
  const syntax = fieldSyntax(format);
  const assembler = new RecordAssembler(syntax, limits.maxLineBytes);
  const table = new Table(format, syntax, choice);
  return {
    push: (block, sink) => assembler.push(block, table.recordsTo(sink)),
    finish: (sink, cut) => assembler.finish(table.recordsTo(sink), cut),
  };
}

/** How the fields of a format are written. */
export function fieldSyntax({
  type,
  delimiter,
  quote,
  escape: escapes,
}: DatasetFormat): FieldSyntax {
  return {
    delimiter: delimiter ?? (type === "tsv" ? "\t" : ","),
    quotes: quote !== "none",
    backslash: escapes === "backslash",
  };
}

/** Knows the header and the columns, and turns fields into rows. */
class Table {
  #columns: ColumnIndexes | null = null;
  #kept: TableColumns | null = null;
  #fieldCount = 0;

  readonly #format: DatasetFormat;
  readonly #syntax: FieldSyntax;
  readonly #choice: ColumnChoice;

  constructor(format: DatasetFormat, syntax: FieldSyntax, choice: ColumnChoice) {
    this.#format = format;
    this.#syntax = syntax;
    this.#choice = choice;
  }

  recordsTo(sink: RowSink): RecordSink {
    return {
      record: (line, text, cells, lines) => this.#take(line, text, cells, lines, sink),
      fault: (line, { reason, detail, excerpt }) => sink.reject(line, reason, detail, excerpt),
    };
  }

  #take(
    line: number,
    text: string,
    cells: readonly string[],
    lines: readonly string[] | undefined,
    sink: RowSink,
  ): void {
    if (!this.#columns) {
      if (line === 1 && namedDelimiter(text) === this.#syntax.delimiter) return;
      const header = this.#format.header !== false;
      this.#fieldCount = cells.length;
      const names = header ? cells.map((_, i) => this.#cell(cells, i)) : null;
      this.#columns = findColumns(this.#format, names, cells.length);
      this.#kept = new TableColumns(this.#columns, names, cells.length, this.#choice);
      sink.columns(this.#kept.list);
      if (header) return;
    }
    if (cells.length === this.#fieldCount) {
      this.#row(line, text, cells, sink);
      return;
    }
    const rows = this.#rowsOf(lines);
    if (rows) {
      rows.forEach((row, i) => {
        this.#row(line + i, row.text, row.cells, sink);
      });
    } else {
      const detail = `expected ${this.#fieldCount} fields, found ${cells.length}`;
      sink.reject(line, "field-count", detail, text);
    }
  }

  /**
   * The lines of a record with the wrong number of fields, if each is a row when it is split
   * plainly: then the quotes that joined them were characters.
   */
  #rowsOf(lines: readonly string[] | undefined): { text: string; cells: string[] }[] | null {
    if (!lines || this.#syntax.backslash) return null;
    const rows = lines.map((line) => ({
      text: line,
      cells: withoutReturns(line).split(this.#syntax.delimiter),
    }));
    return rows.every(({ cells }) => cells.length === this.#fieldCount) ? rows : null;
  }

  #row(line: number, raw: string, cells: readonly string[], sink: RowSink): void {
    const { text, label, id, trueLabel, annotators, annotator } = this.#columns!;
    const isVoted = annotators.length > 0;
    const cellAt = (position: number) => this.#cell(cells, position);
    sink.row({
      line,
      id: id < 0 ? null : this.#cell(cells, id) || null,
      text: this.#cell(cells, text),
      label: isVoted ? "" : this.#cell(cells, label),
      votes: isVoted ? votesOfCells(annotators, cellAt) : undefined,
      annotator: annotator < 0 ? undefined : cellAt(annotator),
      trueLabel: trueLabel < 0 ? null : this.#cell(cells, trueLabel),
      raw,
      cells: this.#kept?.cellsOf(cellAt),
    });
  }

  #cell(cells: readonly string[], column: number): string {
    const cell = cells[column]!;
    return this.#format.formulaGuard ? unguardFormula(cell) : cell;
  }
}
