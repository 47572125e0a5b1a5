import { SURE_ENOUGH } from "../guessing/guess-format.js";
import {
  type Column,
  type DatasetFormat,
  isTextEncoding,
  type TextEncoding,
} from "../options/dataset-format.js";
import type { FileGuess } from "./guess-file.js";

/** What would read a file better, for the option at `pointer` of an ingest's parameters. */
export interface FormatHint {
  readonly pointer: string;
  readonly detail: string;
}

/** What the file looks like, where that is not how `format` reads it. */
export function hintsOf(format: DatasetFormat, guess: FileGuess): FormatHint[] {
  const encoding = encodingHint(format, guess);
  if (encoding) return [encoding];
  if (!guess.format) {
    return guess.problem === undefined ? [] : [{ pointer: "/format", detail: guess.problem }];
  }
  if (guess.confidence < SURE_ENOUGH && guess.format.type === "json" && format.type !== "json") {
    // Only which columns hold what is unclear.
    const detail = 'The file looks like a JSON document: set the format to { "type": "json" }.';
    return [{ pointer: "/format", detail }];
  }
  if (guess.confidence < SURE_ENOUGH || readsAlike(format, guess.format)) return [];
  const detail = `The file looks like ${describeFormat(guess.format)}: ${JSON.stringify(guess.format)}.`;
  return [{ pointer: "/format", detail }];
}

/** The encoding of the bytes, where it is plainly not the one they are read in. */
export function encodingHint(
  { type, encoding }: DatasetFormat,
  guess: FileGuess,
): FormatHint | null {
  const seen = guess.encoding;
  if (type === "parquet" || type === "xlsx" || guess.encodingConfidence < SURE_ENOUGH) return null;
  if (seen === encodingRead(encoding, guess)) return null;
  const detail = isTextEncoding(seen)
    ? `The bytes look like ${seen}: set encoding to ${JSON.stringify(seen)} (--encoding ${seen}).`
    : (guess.problem ?? `The bytes look like ${seen}.`);
  return { pointer: "/format/encoding", detail };
}

/** The encoding that a file is read in, if this one is given. */
export function encodingRead(given: TextEncoding | undefined, guess: FileGuess): string {
  // Only a mark makes the guess of UTF-16 certain.
  const isMarked = guess.encoding.startsWith("utf-16") && guess.encodingConfidence === 1;
  if (isMarked && (given === undefined || given === "utf-16")) return guess.encoding;
  if (given === "utf-16") return guess.encoding.startsWith("utf-16") ? guess.encoding : "utf-16le";
  return given ?? "utf-8";
}

/** "csv without a header, the text in 1 and the label in 0", for people. */
export function describeFormat(format: DatasetFormat): string {
  const { type, delimiter, header, textColumn, labelColumn, idColumn, trueLabelColumn } = format;
  const table = [
    nameOf(type, delimiter),
    ...(format.encoding === undefined ? [] : [`in ${format.encoding}`]),
    ...(header === false ? ["without a header"] : []),
  ].join(" ");
  const roles: [string, Column | undefined][] = [
    ["text", textColumn],
    ["label", labelColumn],
    ["id", idColumn],
    ["true label", trueLabelColumn],
  ];
  const named = roles
    .filter(([, column]) => column !== undefined)
    .map(([role, column]) => `the ${role} in ${JSON.stringify(column)}`);
  return named.length === 0 ? table : `${table}, with ${named.join(", ")}`;
}

function nameOf(type: DatasetFormat["type"], delimiter: string | undefined): string {
  if (type === "delimited") return `fields delimited by ${JSON.stringify(delimiter)}`;
  return type === "json" ? "a JSON document" : type;
}

function readsAlike(a: DatasetFormat, b: DatasetFormat): boolean {
  return JSON.stringify(choicesOf(a)) === JSON.stringify(choicesOf(b));
}

/** The choices that decide which rows are read, defaults filled in. */
function choicesOf({ type, delimiter, header = true, textColumn, labelColumn }: DatasetFormat) {
  const separator = delimiter ?? { csv: ",", tsv: "\t" }[type as string];
  return [
    separator ?? type,
    header,
    String(textColumn ?? (header ? "text" : 0)),
    String(labelColumn ?? (header ? "label" : 1)),
  ];
}
