import type { DatasetFormat } from "../options/dataset-format.js";
import type { Cell, CellRow, WritableFormat, WrittenColumn } from "./batch-writer.js";
import {
  type ToutiaoFormat,
  type ToutiaoRow,
  toutiaoWriter,
  unwritableBecause,
} from "./toutiao.js";
import { writeBatches, writeTable } from "./write-table.js";

/** A row to write. `extra` holds the values of the extra columns, in their order. */
export interface CorpusRow extends ToutiaoRow {
  trueLabel?: string | null | undefined;
  extra?: readonly Cell[] | undefined;
}

/** How rows are written. */
export interface WriteOptions {
  format: Exclude<WritableFormat, "delimited">;
  /** Whether there is a column `true_label`. Default false. */
  trueLabels?: boolean | undefined;
  /** Columns after those of id, text and labels; the Toutiao formats cannot hold them. */
  extraColumns?: readonly WrittenColumn[] | undefined;
  /** Prefixes "'" to csv and tsv cells that a spreadsheet would run. Default false. */
  formulaGuard?: boolean | undefined;
  /**
   * What to do with a row that a Toutiao format cannot hold: throw CorpusError "unwritable-row", or
   * replace the separators and line breaks inside its fields. Default "throw".
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
  if (isToutiao(format)) {
    return writeBatches(rows, toutiaoWriter(format, options.unwritable ?? "throw"));
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
export function whyUnwritable(row: ToutiaoRow, format: WritableFormat): string | null {
  return isToutiao(format) ? unwritableBecause(row, format) : null;
}

/** The format that reads a file written with these options. */
export function formatWritten(options: WriteOptions): DatasetFormat {
  const { format, trueLabels, formulaGuard } = options;
  if (isToutiao(format)) return { type: format };
  return {
    type: format,
    textColumn: "text",
    labelColumn: "label",
    idColumn: "id",
    ...(trueLabels ? { trueLabelColumn: "true_label" } : {}),
    ...(formulaGuard ? { formulaGuard: true } : {}),
  };
}

/** Whether a format has fixed fields and no escapes. */
export const isToutiao = (format: WritableFormat): format is ToutiaoFormat =>
  format === "toutiao" || format === "toutiao-multilevel";

async function* mapRows<T, U>(
  rows: Iterable<T> | AsyncIterable<T>,
  map: (row: T) => U,
): AsyncGenerator<U> {
  for await (const row of rows) yield map(row);
}
