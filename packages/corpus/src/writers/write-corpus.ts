import type { DatasetFormat } from "../options/dataset-format.js";
import type { Cell, CellRow, LineFormat, WritableFormat, WrittenColumn } from "./batch-writer.js";
import { FASTTEXT_LINES } from "./fasttext.js";
import { toutiaoLines } from "./toutiao.js";
import { type LineRow, type LineSyntax, lineWriter } from "./write-lines.js";
import { writeBatches, writeTable } from "./write-table.js";

/** A row to write. `extra` holds the values of the extra columns, in their order. */
export interface CorpusRow extends LineRow {
  trueLabel?: string | null | undefined;
  extra?: readonly Cell[] | undefined;
}

/** How rows are written. */
export interface WriteOptions {
  format: Exclude<WritableFormat, "delimited">;
  /** Whether there is a column `true_label`. Default false. */
  trueLabels?: boolean | undefined;
  /** Columns after those of id, text and labels; formats of lines have no place for them. */
  extraColumns?: readonly WrittenColumn[] | undefined;
  /** Prefixes "'" to csv and tsv cells that a spreadsheet would run. Default false. */
  formulaGuard?: boolean | undefined;
  /**
   * What to do with a row that a format of lines cannot hold: throw CorpusError "unwritable-row", or
   * replace the separators and line breaks inside its parts. Default "throw".
   */
  unwritable?: "throw" | "clean" | undefined;
}

/**
 * Writes rows as a dataset file, in input order and constant memory. `readCorpus` with
 * `formatWritten(options)` reads the same rows back.
 */
export function writeCorpus(
  rows: Iterable<CorpusRow> | AsyncIterable<CorpusRow>,
  options: WriteOptions,
): AsyncGenerator<Uint8Array> {
  const { format, trueLabels, extraColumns = [], formulaGuard } = options;
  if (isLineFormat(format)) {
    const unwritable = options.unwritable ?? "throw";
    return writeBatches(rows, lineWriter(format, SYNTAXES[format], unwritable));
  }
  const own = ["id", "text", "label", ...(trueLabels ? ["true_label"] : [])];
  const columns = [...own.map((name) => ({ name, type: "text" as const })), ...extraColumns];
  const cellsOf = ({ id, text, label, trueLabel, extra }: CorpusRow): CellRow => {
    const cells: Cell[] = [id, text, label];
    if (trueLabels) cells.push(trueLabel ?? null);
    for (let i = 0; i < extraColumns.length; i += 1) cells.push(extra?.[i] ?? null);
    return cells;
  };
  return writeTable(mapRows(rows, cellsOf), { format, columns, formulaGuard });
}

/** Why a format cannot hold a row; null if it can, as tables and jsonl always do. */
export function whyUnwritable(row: LineRow, format: WritableFormat): string | null {
  return isLineFormat(format) ? SYNTAXES[format].whyNot(row) : null;
}

/** The format that reads a file written with these options. */
export function formatWritten(options: WriteOptions): DatasetFormat {
  const { format, trueLabels, formulaGuard } = options;
  if (isLineFormat(format)) return { type: format };
  return {
    type: format,
    textColumn: "text",
    labelColumn: "label",
    idColumn: "id",
    ...(trueLabels ? { trueLabelColumn: "true_label" } : {}),
    ...(formulaGuard ? { formulaGuard: true } : {}),
  };
}

/** Whether a format's lines have fixed parts and no escapes. */
export const isLineFormat = (format: WritableFormat): format is LineFormat =>
  Object.hasOwn(SYNTAXES, format);

const SYNTAXES: Readonly<Record<LineFormat, LineSyntax>> = {
  toutiao: toutiaoLines("toutiao"),
  "toutiao-multilevel": toutiaoLines("toutiao-multilevel"),
  fasttext: FASTTEXT_LINES,
};

async function* mapRows<T, U>(
  rows: Iterable<T> | AsyncIterable<T>,
  map: (row: T) => U,
): AsyncGenerator<U> {
  for await (const row of rows) yield map(row);
}
