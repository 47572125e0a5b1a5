/** The encodings a text file can be declared to have. */
export type TextEncoding = "utf-8" | "gb18030";

/** A column: its name, or its 0-based index. For jsonl a dotted path. */
export type Column = string | number;

/**
 * How the file is built. Columns speak of csv, tsv, delimited, jsonl and parquet; `text` and
 * `required` of the two Toutiao formats.
 */
export interface DatasetFormat {
  type: "toutiao-multilevel" | "toutiao" | "csv" | "tsv" | "jsonl" | "delimited" | "parquet";
  /** Default: "text", or column 0 without a header. */
  textColumn?: Column | undefined;
  /** Default: "label", or column 1 without a header. */
  labelColumn?: Column | undefined;
  idColumn?: Column | undefined;
  trueLabelColumn?: Column | undefined;
  /** One or more characters; needed by "delimited", default "," for csv and tab for tsv. */
  delimiter?: string | undefined;
  /** Whether the first row names the columns. Default true. */
  header?: boolean | undefined;
  /** The class table in order; labels are then one of the names or a 0-based index into them. */
  labelNames?: readonly string[] | undefined;
  /** Splits one label field into several labels; "," for toutiao-multilevel, else none. */
  labelSeparator?: string | undefined;
  /** Default "utf-8"; a byte order mark is dropped. */
  encoding?: TextEncoding | undefined;
  /** Whether the keywords are part of the text, after a blank. Default "title". */
  text?: "title" | "title-keywords" | undefined;
  /** Fields without which a row is rejected; title and categories always are such fields. */
  required?: readonly ("keywords" | "label")[] | undefined;
  /** Takes back the "'" that the csv writer puts before cells that look like formulas. */
  formulaGuard?: boolean | undefined;
}
