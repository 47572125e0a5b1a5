/** The formats that `writeCorpus` writes. */
export type WritableFormat = "csv" | "jsonl" | "parquet" | "toutiao" | "toutiao-multilevel" | "tsv";

/**
 * An extra column of csv, tsv, jsonl and parquet; the Toutiao formats cannot hold it. The values of
 * a json column are JSON texts, which jsonl contains as values and the tables as texts.
 */
export interface ExtraColumn {
  name: string;
  type: "text" | "integer" | "number" | "boolean" | "json";
}

export type Cell = string | number | boolean | null;

/** A row to write. `extra` holds the values of the extra columns, in their order. */
export interface CorpusRow {
  id: string | null;
  text: string;
  label: string;
  trueLabel?: string | null | undefined;
  extra?: readonly Cell[] | undefined;
}

/** How rows are written. */
export interface WriteOptions {
  format: WritableFormat;
  /** Whether there is a column `true_label`. Default false. */
  trueLabels?: boolean | undefined;
  extraColumns?: readonly ExtraColumn[] | undefined;
  /** The names of all columns in their order. By default the extra columns are the last. */
  columnOrder?: readonly string[] | undefined;
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
export function columnsWritten(options: WriteOptions): ExtraColumn[] {
  const columns = unordered(options);
  return positions(options).map((position) => columns[position]!);
}

/** Returns a function that gives the cells of a row, in the order of `columnsWritten`. */
export function cellReader(options: WriteOptions): (row: CorpusRow) => Cell[] {
  const { trueLabels, extraColumns = [] } = options;
  const order = positions(options);
  return ({ id, text, label, trueLabel, extra }) => {
    const cells: Cell[] = [id, text, label];
    if (trueLabels) cells.push(trueLabel ?? null);
    for (let i = 0; i < extraColumns.length; i += 1) cells.push(extra?.[i] ?? null);
    return order.map((position) => cells[position]!);
  };
}

function unordered({ trueLabels, extraColumns = [] }: WriteOptions): ExtraColumn[] {
  const own = ["id", "text", "label", ...(trueLabels ? ["true_label"] : [])];
  return [...own.map((name): ExtraColumn => ({ name, type: "text" })), ...extraColumns];
}

/** For each written column its index in `unordered`. */
function positions(options: WriteOptions): number[] {
  const names = unordered(options).map(({ name }) => name);
  if (!options.columnOrder) return [...names.keys()];
  const order = options.columnOrder.map((name) => names.indexOf(name));
  if (new Set(order).size !== names.length || order.length !== names.length || order.includes(-1)) {
    throw new Error(`columnOrder must name each of the columns ${names.join(", ")} once`);
  }
  return order;
}
