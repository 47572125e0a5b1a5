import { CorpusError } from "../errors.js";
import type { KeptColumns } from "./column-choice.js";
import type { DatasetFormat } from "./dataset-format.js";
import type { LabelPolicy } from "./label-policy.js";
import type { CorpusLimits } from "./limits.js";

/** The bytes of a file by position, for formats that are read from their end. */
export interface RandomAccess {
  byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer> | ArrayBuffer;
}

/**
 * Everything that determines what `readCorpus` yields; the same options and bytes give the same
 * rows.
 */
export interface IngestOptions {
  format: DatasetFormat;
  labels?: LabelPolicy | undefined;
  /** At most `perClass` rows of each class, drawn by a seeded reservoir. */
  sampling?: { perClass: number; seed: number } | undefined;
  /** "first" keeps only the first row of each text. Default "keep". */
  duplicates?: "keep" | "first" | undefined;
  /** Which columns are kept beside text, label and ids. Default "keep": all. */
  columns?: KeptColumns | undefined;
  /** Whether samples say the number of their record in the file. Default false. */
  numberRecords?: boolean | undefined;
  limits?: Partial<CorpusLimits> | undefined;
  /** The same file by position; with it parquet need not be held in memory. */
  randomAccess?: RandomAccess | undefined;
  signal?: AbortSignal | undefined;
  /** Bytes of the source read so far, at most its size; each of two passes counts half. */
  onProgress?: ((bytesRead: number) => void) | undefined;
}

/** Throws CorpusError "bad-options", "bad-format" or "bad-label-names" for settings that cannot work. */
export function checkOptions(options: IngestOptions): void {
  const { format, labels, sampling } = options;
  if (format.type === "delimited" && !format.delimiter) {
    throw new CorpusError(
      "bad-format",
      'Format "delimited" needs a delimiter, for example { "delimiter": "|" }.',
    );
  }
  checkFields(format);
  checkAnnotators(format);
  if (format.records !== undefined && format.type !== "json") {
    throw new CorpusError("bad-format", `Only the format json has records, not ${format.type}.`);
  }
  if (format.sheet !== undefined && format.type !== "xlsx") {
    throw new CorpusError("bad-format", `Only the format xlsx has sheets, not ${format.type}.`);
  }
  requireCount("labels.minPerClass", labels?.minPerClass);
  requireCount("sampling.perClass", sampling?.perClass);
  if (sampling && !Number.isSafeInteger(sampling.seed)) {
    throw new CorpusError("bad-options", "sampling.seed must be an integer.");
  }
  if (format.labelNames) checkLabelNames(format.labelNames);
}

/** The types whose fields a delimiter separates. */
const DELIMITED_TYPES: readonly DatasetFormat["type"][] = ["csv", "tsv", "delimited"];

function checkFields({ type, delimiter, quote, escape: escapes }: DatasetFormat): void {
  const refuse = (message: string) => new CorpusError("bad-format", message);
  if (delimiter === "") throw refuse("A delimiter needs at least one character.");
  if (delimiter !== undefined && /[\r\n]/.test(delimiter)) {
    throw refuse("A delimiter cannot hold a line break.");
  }
  if (delimiter?.includes('"') && quote !== "none") {
    throw refuse('A delimiter cannot hold a quote, unless quotes are characters: quote "none".');
  }
  if (delimiter?.includes("\\") && escapes === "backslash") {
    throw refuse('A delimiter cannot hold the backslash that escape "backslash" interprets.');
  }
  const option = quote !== undefined ? "quote" : escapes !== undefined ? "escape" : null;
  if (option !== null && !DELIMITED_TYPES.includes(type)) {
    throw refuse(
      `The option ${option} is for ${DELIMITED_TYPES.join(", ")}; ${type} has no quoted fields. Leave it out.`,
    );
  }
}

const WITHOUT_COLUMNS: readonly DatasetFormat["type"][] = [
  "toutiao",
  "toutiao-multilevel",
  "fasttext",
];

function checkAnnotators(format: DatasetFormat): void {
  const { type, annotatorColumns, annotatorColumn, labelColumn, idColumn } = format;
  if (annotatorColumns === undefined && annotatorColumn === undefined) return;
  const refuse = (message: string) => new CorpusError("bad-format", message);
  if (WITHOUT_COLUMNS.includes(type)) {
    throw refuse(`The format ${type} has no columns that annotators could have.`);
  }
  const { textColumn = "text" } = format;
  const others = { text: textColumn, label: labelColumn ?? "label", id: idColumn };
  const part = Object.entries(others).find(([, column]) => column === annotatorColumn)?.[0];
  if (annotatorColumn !== undefined && part !== undefined) {
    throw refuse(`annotatorColumn ${JSON.stringify(annotatorColumn)} is the ${part}'s column.`);
  }
  if (annotatorColumn !== undefined && idColumn === undefined) {
    throw refuse("annotatorColumn needs an idColumn: it says which rows label the same text.");
  }
  if (annotatorColumns === undefined) return;
  if (annotatorColumn !== undefined) {
    throw refuse(
      "annotatorColumns have a label each, annotatorColumn a name in each row: give one of them.",
    );
  }
  if (annotatorColumns.length < 2) {
    throw refuse("annotatorColumns needs at least two columns; one annotator's is a labelColumn.");
  }
  const twice = annotatorColumns.find((column, i) => annotatorColumns.indexOf(column) < i);
  if (twice !== undefined) {
    throw refuse(`annotatorColumns has ${JSON.stringify(twice)} twice.`);
  }
  if (labelColumn !== undefined) {
    throw refuse("A row's label is its annotators': leave out labelColumn or annotatorColumns.");
  }
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
    if (seen.has(name.trim())) {
      throw new CorpusError("bad-label-names", `labelNames has ${JSON.stringify(name)} twice.`);
    }
    seen.add(name.trim());
  }
}
