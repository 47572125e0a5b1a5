import { parse } from "csv-parse/sync";
import type { LineBlock } from "../bytes/lines.js";
import type { ColumnChoice } from "../options/column-choice.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { CorpusLimits } from "../options/limits.js";
import type { RowSink } from "../rows/raw-row.js";
import { type ColumnIndexes, findColumns } from "./columns.js";
import { unguardFormula } from "./formula-guard.js";
import { type CsvRecord, RecordAssembler } from "./record-assembler.js";
import { type RowReader, withoutReturn } from "./row-reader.js";
import { TableColumns } from "./table-columns.js";

/** RFC 4180 rows with any delimiter, with or without a header; a backslash does not escape. */
export function delimitedReader(
  format: DatasetFormat,
  limits: CorpusLimits,
  choice: ColumnChoice,
): RowReader {
  const delimiter = format.delimiter ?? (format.type === "tsv" ? "\t" : ",");
  const assembler = new RecordAssembler(delimiter, limits.maxLineBytes);
  const table = new Table(format, choice);
  const deliver = (records: readonly CsvRecord[], sink: RowSink) => {
    const fields = splitRecords(records, delimiter);
    records.forEach((record, i) => {
      table.take(record, fields[i] ?? null, sink);
    });
  };
  return {
    push: (block: LineBlock, sink) => deliver(assembler.push(block), sink),
    finish: (sink) => deliver(assembler.finish(), sink),
  };
}

/** Knows the header and the columns, and turns fields into rows. */
class Table {
  #columns: ColumnIndexes | null = null;
  #fieldCount = 0;

  readonly #format: DatasetFormat;
  readonly #choice: ColumnChoice;
  #kept: TableColumns | null = null;

  constructor(format: DatasetFormat, choice: ColumnChoice) {
    this.#format = format;
    this.#choice = choice;
  }

  take(record: CsvRecord, fields: readonly string[] | null, sink: RowSink): void {
    if (record.fault) {
      sink.reject(record.line, record.fault.reason, record.fault.detail, record.text);
      return;
    }
    if (!fields) {
      sink.reject(
        record.line,
        "bad-quotes",
        "quotes do not pair up as RFC 4180 requires",
        record.text,
      );
      return;
    }
    if (!this.#columns) {
      const header = this.#format.header !== false;
      this.#fieldCount = fields.length;
      const names = header ? fields.map((_, i) => this.#cell(fields, i)) : null;
      this.#columns = findColumns(this.#format, names, fields.length);
      this.#kept = new TableColumns(this.#columns, names, fields.length, this.#choice);
      sink.columns(this.#kept.list);
      if (header) return;
    }
    if (fields.length !== this.#fieldCount) {
      const detail = `expected ${this.#fieldCount} fields, found ${fields.length}`;
      sink.reject(record.line, "field-count", detail, record.text);
      return;
    }
    const { text, label, id, trueLabel } = this.#columns;
    sink.row({
      line: record.line,
      id: id < 0 ? null : this.#cell(fields, id) || null,
      text: this.#cell(fields, text),
      label: this.#cell(fields, label),
      trueLabel: trueLabel < 0 ? null : this.#cell(fields, trueLabel),
      raw: record.text,
      cells: this.#kept?.cellsOf((position) => this.#cell(fields, position)),
    });
  }

  #cell(fields: readonly string[], column: number): string {
    const cell = fields[column]!;
    return this.#format.formulaGuard ? unguardFormula(cell) : cell;
  }
}

/** The fields of each record; null if its quotes are wrong. */
function splitRecords(
  records: readonly CsvRecord[],
  delimiter: string,
): (readonly string[] | null)[] {
  const quoted = records.filter((record) => record.quoted);
  const parsed = parseQuoted(quoted, delimiter);
  let next = 0;
  return records.map((record) => {
    if (record.fault) return null;
    if (!record.quoted) return withoutReturn(record.text).split(delimiter);
    next += 1;
    return parsed[next - 1] ?? null;
  });
}

/**
 * Parses many records at once, because starting a parser costs more than parsing a record; after a
 * fault, one by one.
 */
function parseQuoted(
  records: readonly CsvRecord[],
  delimiter: string,
): (readonly string[] | null)[] {
  const texts = records.map((record) => withoutReturn(record.text));
  const together = tryParse(texts.join("\n"), delimiter);
  if (together?.length === records.length) return together;
  return texts.map((text) => {
    const alone = tryParse(text, delimiter);
    return alone?.length === 1 ? alone[0]! : null;
  });
}

function tryParse(text: string, delimiter: string): string[][] | null {
  if (text === "") return [];
  try {
    return parse(text, {
      delimiter,
      record_delimiter: "\n",
      relax_quotes: true,
      relax_column_count: true,
    });
  } catch {
    return null;
  }
}
