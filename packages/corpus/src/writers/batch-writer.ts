import type { ParquetElement } from "../rows/file-column.js";

/** The formats of tables and objects, which hold columns with any name. */
export type TableFormat = "csv" | "tsv" | "delimited" | "jsonl" | "json" | "parquet";

/** The formats whose lines have fixed parts and no escapes. */
export type LineFormat = "toutiao" | "toutiao-multilevel" | "fasttext";

export type WritableFormat = TableFormat | LineFormat;

/**
 * What the cells of a written column are. `long`: bigints of 64 bits. `json`: JSON texts, which jsonl
 * and json contain as values and the tables as texts. `members`: JSON texts of objects, of which they
 * contain the members. `longs` and `numbers`: lists of them, which parquet alone holds.
 */
export type CellType =
  | "text"
  | "integer"
  | "long"
  | "number"
  | "boolean"
  | "json"
  | "members"
  | "longs"
  | "numbers";

export interface WrittenColumn {
  name: string;
  type: CellType;
  /** How parquet stores the column, whose cells are then what its writer takes. */
  parquet?: ParquetElement | undefined;
}

/** undefined: jsonl and json leave the key out; elsewhere as null, which csv and tsv write as nothing. */
export type Cell =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly bigint[]
  | readonly number[]
  | null
  | undefined;

/** A row's cells in the order of the columns. */
export type CellRow = readonly Cell[];

/** How a table is written. */
export interface TableOptions {
  format: TableFormat;
  columns: readonly WrittenColumn[];
  /** Prefixes "'" to csv and tsv cells that a spreadsheet would run. Default false. */
  formulaGuard?: boolean | undefined;
  /** Between fields; by default what csv and tsv are named after. */
  delimiter?: string | undefined;
  /** How csv, tsv and delimited are quoted and escaped, as a format says it. */
  quote?: "double" | "none" | undefined;
  escape?: "doubled" | "backslash" | undefined;
  /**
   * What to do with a row that a file without quotes cannot hold: throw CorpusError "unwritable-row",
   * or replace line breaks and delimiters. Default "throw".
   */
  unwritable?: "throw" | "clean" | undefined;
  /** Whether csv, tsv and delimited begin with the columns' names. Default true. */
  header?: boolean | undefined;
}

/** Whether a format has objects with keys, not rows with cells. */
export const isObjects = (format: TableFormat): boolean => format === "jsonl" || format === "json";

/** A format's writer: bytes before the rows, for each batch, and after them. */
export interface BatchWriter<Row> {
  begin(): Uint8Array | string;
  write(rows: readonly Row[]): Uint8Array | string;
  end(): Uint8Array | string;
}
