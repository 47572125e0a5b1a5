/** The encodings that a text file can be declared to have. */
export const TEXT_ENCODINGS = [
  "utf-8",
  "utf-16",
  "utf-16le",
  "utf-16be",
  "gb18030",
  "big5",
  "shift_jis",
  "euc-jp",
  "euc-kr",
  "windows-1250",
  "windows-1251",
  "windows-1252",
  "windows-1253",
  "windows-1254",
  "windows-1255",
  "windows-1256",
  "windows-1257",
  "windows-1258",
  "windows-874",
  "iso-8859-2",
  "iso-8859-5",
  "iso-8859-7",
  "iso-8859-15",
  "koi8-r",
  "koi8-u",
  "macintosh",
  "ibm850",
  "ibm866",
] as const;
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

export const isTextEncoding = (name: string): name is TextEncoding =>
  TEXT_ENCODINGS.some((encoding) => encoding === name);

/** A column: its name, or its 0-based index. For jsonl and json a dotted path. */
export type Column = string | number;

/**
 * The file's format. Columns apply to csv, tsv, delimited, jsonl, json, xlsx and parquet; `text` and `required`
 * to the two Toutiao formats.
 */
export interface DatasetFormat {
  type:
    | "toutiao-multilevel"
    | "toutiao"
    | "csv"
    | "tsv"
    | "jsonl"
    | "delimited"
    | "parquet"
    | "fasttext"
    | "json"
    | "xlsx";
  /** Default: "text", or column 0 without a header. */
  textColumn?: Column | undefined;
  /** Default: "label", or column 1 without a header. */
  labelColumn?: Column | undefined;
  /**
   * Several columns with one annotator's labels each, instead of a label column; an empty cell is no
   * vote. A row's class is then the one with most votes, the first of them where some are tied.
   */
  annotatorColumns?: readonly Column[] | undefined;
  /**
   * The column of annotators where each row of the file is one annotator's label of the text that its id
   * names, in any order. Rows of one id are one sample, with the text of the first that has one; its class
   * is the one with most votes, the first of them where some are tied.
   */
  annotatorColumn?: Column | undefined;
  idColumn?: Column | undefined;
  trueLabelColumn?: Column | undefined;
  /** One or more characters; required for "delimited", default "," for csv and tab for tsv. */
  delimiter?: string | undefined;
  /** "none": in csv, tsv and delimited a quote is a character like any other. Default "double". */
  quote?: "double" | "none" | undefined;
  /**
   * How a quoted field of csv, tsv and delimited holds a quote: doubled, as RFC 4180 has it, or after a
   * backslash. With "backslash", a backslash also makes a delimiter, a line break or another backslash
   * ordinary, in unquoted fields too; before other characters it is one itself, and an unquoted `\N`
   * alone is an empty cell. Default "doubled".
   */
  escape?: "doubled" | "backslash" | undefined;
  /** Whether the first row names the columns. Default true. */
  header?: boolean | undefined;
  /**
   * The class table in order. A text label is then one of the names or else a 0-based index into
   * them; a number of a typed format is always an index, and -1 stands for no label.
   */
  labelNames?: readonly string[] | undefined;
  /** json: the dotted path to the list of rows, where the document has several lists. */
  records?: string | undefined;
  /** xlsx: a sheet by its name, or by its place from 0. Default: the first that is not hidden. */
  sheet?: string | number | undefined;
  /** Splits one label field into several labels; "," for toutiao-multilevel, else none. */
  labelSeparator?: string | undefined;
  /**
   * Whether a label field that is a list as Python, numpy or JSON writes it, such as ['a', 'b'] or
   * [1, 2], is read as these labels; its numbers are then numbers. Other fields stay as they are.
   */
  labelLists?: boolean | undefined;
  /**
   * By default what the byte order mark says, or else UTF-8. "utf-16" is of the byte order that the
   * mark or the bytes show. A mark is dropped.
   */
  encoding?: TextEncoding | undefined;
  /** Whether the keywords are appended to the text, after a blank. Default "title". */
  text?: "title" | "title-keywords" | undefined;
  /** Rows without these fields are rejected; title and categories are always required. */
  required?: readonly ("keywords" | "label")[] | undefined;
  /** Removes the "'" that the csv writer prefixes to cells that look like formulas. */
  formulaGuard?: boolean | undefined;
}

/** What a caller says of a format; the rest is guessed from the file. */
export type GivenFormat = Partial<Omit<DatasetFormat, "type">>;

/** A format as it is asked for: with "auto" what is not given is guessed from the file. */
export type RequestedFormat = GivenFormat & { type: DatasetFormat["type"] | "auto" };
