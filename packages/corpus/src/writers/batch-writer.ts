/** The formats that `writeCorpus` writes. */
export type WritableFormat = "csv" | "jsonl" | "parquet" | "toutiao" | "toutiao-multilevel" | "tsv";

/** An extra column of csv, tsv, jsonl and parquet; the Toutiao formats cannot hold it. */
export interface ExtraColumn {
  name: string;
  type: "text" | "integer" | "number" | "boolean";
}

/** A row to write. `extra` holds the values of the extra columns, in their order. */
export interface CorpusRow {
  id: string | null;
  text: string;
  label: string;
  trueLabel?: string | null | undefined;
  extra?: readonly (string | number | boolean | null)[] | undefined;
}

/** How rows are written. */
export interface WriteOptions {
  format: WritableFormat;
  /** Whether there is a column `true_label`. Default false. */
  trueLabels?: boolean | undefined;
  extraColumns?: readonly ExtraColumn[] | undefined;
  /** Prefixes "'" to csv and tsv cells that a spreadsheet would run. Default false. */
  formulaGuard?: boolean | undefined;
  /**
   * What to do with a row that a Toutiao format cannot hold: throw CorpusError "unwritable-row", or
   * replace the separators and line breaks inside its fields. Default "throw".
   */
  unwritable?: "throw" | "clean" | undefined;
}

/** A format's writer: bytes before the rows, for each batch, and after them. */
export interface BatchWriter {
  begin(): Uint8Array | string;
  write(rows: readonly CorpusRow[]): Uint8Array | string;
  end(): Uint8Array | string;
}

/** The columns of a written table, in order. */
export function columnsWritten({ trueLabels, extraColumns = [] }: WriteOptions): ExtraColumn[] {
  const own = ["id", "text", "label", ...(trueLabels ? ["true_label"] : [])];
  return [...own.map((name): ExtraColumn => ({ name, type: "text" })), ...extraColumns];
}

/** The cells of a row, in the order of `columnsWritten`. */
export function cellsOf(
  { id, text, label, trueLabel, extra }: CorpusRow,
  { trueLabels, extraColumns = [] }: WriteOptions,
): (string | number | boolean | null)[] {
  const cells: (string | number | boolean | null)[] = [id, text, label];
  if (trueLabels) cells.push(trueLabel ?? null);
  for (let i = 0; i < extraColumns.length; i += 1) cells.push(extra?.[i] ?? null);
  return cells;
}
