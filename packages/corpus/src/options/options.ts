import { CorpusError } from "../errors.js";

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

/** How one class comes out of a label field. A path's levels are joined by "/". */
export interface LabelPolicy {
  /** Which of several labels counts; "all" counts the first and names the others. Default "first". */
  policy?: "first" | "deepest" | "drop-multiple" | "all" | undefined;
  /** How many levels of a path count. Default "full". */
  level?: 1 | 2 | "full" | undefined;
  /** What happens to paths with fewer levels than `level`. Default "keep". */
  shortPaths?: "keep" | "drop" | undefined;
  /** Dirty names and what they stand for, applied once to a whole path and to its cut form. */
  aliases?: readonly LabelAlias[] | undefined;
  /** Classes with fewer rows are left out; needs a counting pass over the file. */
  minPerClass?: number | undefined;
}

/** One name that is to be read as another. */
export interface LabelAlias {
  from: string;
  to: string;
}

/** Bounds against hostile input. */
export interface CorpusLimits {
  /** A longer line, or quoted csv record, is rejected as "too-long". Default 1 MiB. */
  maxLineBytes: number;
  /** Default 64 GiB. */
  maxDecompressedBytes: number;
  /** Decompressed over compressed bytes, looked at from 1 MiB of output on. Default 200. */
  maxCompressionRatio: number;
  /** Default 20,000: above it the label column is probably the wrong one. */
  maxClasses: number;
  /** A parquet file without random access is held in memory up to this. Default 256 MiB. */
  maxBufferedBytes: number;
  /** After so many rejects without one usable row the reading ends. Default 200,000. */
  maxLeadingRejects: number;
}

/** The bytes of a file by position, for formats that are read from their end. */
export interface RandomAccess {
  byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer> | ArrayBuffer;
}

/** Everything that decides what `readCorpus` gives; the same options and bytes give the same rows. */
export interface IngestOptions {
  format: DatasetFormat;
  labels?: LabelPolicy | undefined;
  /** At most `perClass` rows of each class, drawn by a seeded reservoir. */
  sampling?: { perClass: number; seed: number } | undefined;
  /** "first" keeps only the first row of each text. Default "keep". */
  duplicates?: "keep" | "first" | undefined;
  limits?: Partial<CorpusLimits> | undefined;
  /** The same file by position; spares parquet from being held in memory. */
  randomAccess?: RandomAccess | undefined;
  signal?: AbortSignal | undefined;
  /** Bytes of the source read so far, never above its size; two passes count half each. */
  onProgress?: ((bytesRead: number) => void) | undefined;
}

export const DEFAULT_LIMITS: CorpusLimits = {
  maxLineBytes: 1024 * 1024,
  maxDecompressedBytes: 64 * 1024 ** 3,
  maxCompressionRatio: 200,
  maxClasses: 20_000,
  maxBufferedBytes: 256 * 1024 * 1024,
  maxLeadingRejects: 200_000,
};

/** Throws CorpusError "bad-options", "bad-format" or "bad-label-names" for settings that cannot work. */
export function checkOptions(options: IngestOptions): void {
  const { format, labels, sampling } = options;
  if (format.type === "delimited" && !format.delimiter) {
    throw new CorpusError(
      "bad-format",
      'Format "delimited" needs a delimiter, for example { "delimiter": "|" }.',
    );
  }
  if (format.delimiter !== undefined && /["\r\n]/.test(format.delimiter)) {
    throw new CorpusError("bad-format", "A delimiter cannot hold a quote or a line break.");
  }
  if (format.delimiter === "") {
    throw new CorpusError("bad-format", "A delimiter needs at least one character.");
  }
  requireCount("labels.minPerClass", labels?.minPerClass);
  requireCount("sampling.perClass", sampling?.perClass);
  if (sampling && !Number.isSafeInteger(sampling.seed)) {
    throw new CorpusError("bad-options", "sampling.seed must be an integer.");
  }
  if (format.labelNames) checkLabelNames(format.labelNames);
}

function requireCount(name: string, value: number | undefined): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1)) {
    throw new CorpusError("bad-options", `${name} must be a whole number of at least 1.`);
  }
}

function checkLabelNames(names: readonly string[]): void {
  if (names.length < 2) {
    throw new CorpusError("bad-label-names", "labelNames needs at least two classes.");
  }
  const seen = new Set<string>();
  for (const name of names) {
    if (name.trim() === "")
      throw new CorpusError("bad-label-names", "labelNames has an empty name.");
    if (seen.has(name)) {
      throw new CorpusError("bad-label-names", `labelNames has ${JSON.stringify(name)} twice.`);
    }
    seen.add(name);
  }
}
