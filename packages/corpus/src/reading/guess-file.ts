import { Buffer } from "node:buffer";
import { decodeText } from "../bytes/decoding.js";
import { wideOf } from "../bytes/line-cuts.js";
import { emptyFile } from "../bytes/text-bytes.js";
import { refuseBinary } from "../bytes/text-start.js";
import { isObject } from "../formats/parse-json.js";
import { type EncodingGuess, guessEncoding } from "../guessing/guess-encoding.js";
import { type FormatGuess, guessFormat, guessTable } from "../guessing/guess-format.js";
import { objectOf } from "../guessing/json-objects.js";
import { type DatasetFormat, type GivenFormat, isTextEncoding } from "../options/dataset-format.js";
import type { CorpusLimits } from "../options/limits.js";
import type { FileSample } from "./file-sample.js";
import { guessJson } from "./guess-json.js";
import { guessXlsx } from "./guess-xlsx.js";
import type { OpenedFile } from "./open-file.js";

/** What a file looks like. */
export interface FileGuess extends FormatGuess {
  /** By its WHATWG name; not every encoding that is recognised can be read. */
  readonly encoding: string;
  /** From 0 to 1. */
  readonly encodingConfidence: number;
}

/** How many lines and rows are judged. */
const JUDGED_LINES = 1000;
const JUDGED_ROWS = 200;

/**
 * Guesses the encoding and format of a file from parts of it; what is given is taken as it is.
 * Throws CorpusError for a file that is empty or no text, and for a damaged parquet file.
 */
export async function guessFile(
  file: OpenedFile,
  sample: FileSample,
  given: GivenFormat = {},
  limits?: Partial<CorpusLimits>,
): Promise<FileGuess> {
  const [voter] = given.annotatorColumns ?? [];
  // Annotators' labels look like labels.
  const roles = voter === undefined ? given : { ...given, labelColumn: voter };
  const guess = await guessContents(file, sample, roles, limits);
  const merged = ({ labelColumn, ...format }: DatasetFormat): DatasetFormat => ({
    ...format,
    ...(voter === undefined && labelColumn !== undefined && { labelColumn }),
    ...given,
  });
  return {
    ...guess,
    format: guess.format && merged(guess.format),
    alternatives: guess.alternatives.map((other) => ({ ...other, format: merged(other.format) })),
  };
}

async function guessContents(
  file: OpenedFile,
  sample: FileSample,
  given: GivenFormat,
  limits: Partial<CorpusLimits> | undefined,
): Promise<FileGuess> {
  if (file.contents === "parquet") {
    return { ...(await guessParquet(file, given)), encoding: "utf-8", encodingConfidence: 1 };
  }
  if (file.contents === "xlsx") {
    const guess = await guessXlsx(file, given, limits);
    return { ...guess, encoding: "utf-8", encodingConfidence: 1 };
  }
  const wide = wideOf(sample.head, given.encoding);
  if (!wide) refuseBinary(sample.head);
  const declared = given.encoding === "utf-16" ? (wide ?? "utf-16le") : given.encoding;
  const encodings = declared
    ? [{ encoding: declared, confidence: 1 }]
    : guessEncoding(Buffer.concat([sample.head, ...sample.far]));
  const { encoding, confidence } = encodings[0]!;
  if (decodeText(sample.head, encoding).trim() === "") throw emptyFile();
  const bytes = { encoding, encodingConfidence: confidence };
  const guess = guessText(sample, encodings, given);
  if (!isTextEncoding(encoding) || !isDocument(guess, sample)) return { ...guess, ...bytes };
  return { ...(await guessJson(file, encoding, given, limits)), ...bytes };
}

/** A single object on a line of its own is a row of jsonl if it has a text, and no list of objects that may be rows. */
function isDocument(guess: FormatGuess, { head, isCut }: FileSample): boolean {
  if (guess.isDocument || guess.format?.type !== "jsonl" || isCut) return guess.isDocument === true;
  const [line = "", ...others] = linesOf(head, "utf-8").filter((text) => text.trim() !== "");
  const object = new Map<string, unknown>(Object.entries(objectOf(line) ?? {}));
  const text = object.get(String(guess.format.textColumn));
  const hasRows = [...object.values()].some(
    (value) => Array.isArray(value) && value.some(isObject),
  );
  return others.length === 0 && (hasRows || typeof text !== "string");
}

/** What to tell someone whose file is not clear, and how to say it. */
export function unsureMessage({ format, confidence, alternatives, problem }: FormatGuess): string {
  if (problem !== undefined) return problem;
  if (!format) {
    return "The first lines match no known format. Name the format, its delimiter and its columns.";
  }
  const others = alternatives.map(({ reason }) => `; ${reason}`).join("");
  return `The format is not clear (confidence ${confidence.toFixed(2)})${others}. Name it, for example ${JSON.stringify(format)}.`;
}

function guessText(
  sample: FileSample,
  encodings: readonly EncodingGuess[],
  given: GivenFormat,
): FormatGuess {
  const { encoding, confidence } = encodings[0]!;
  const lines = {
    head: linesOf(sample.head, encoding).slice(0, JUDGED_LINES),
    far: sample.far.flatMap((piece) => linesOf(piece, encoding)).slice(0, JUDGED_LINES),
  };
  const guess = guessFormat(lines, given);
  if (!isTextEncoding(encoding)) {
    const call = `iconv -f ${encoding.toUpperCase()} -t UTF-8 FILE > utf-8.txt`;
    const problem = `The file seems to be encoded as ${encoding}, which is not read. Convert it first: ${call}`;
    return { ...guess, format: null, confidence: 0, problem };
  }
  if (!guess.format) return guess;
  const encoded = encoding === "utf-8" ? {} : { encoding };
  return {
    ...guess,
    format: { ...guess.format, ...encoded },
    confidence: guess.confidence * (0.5 + confidence / 2),
    alternatives: [
      ...guess.alternatives.map((other) => ({ ...other, format: { ...other.format, ...encoded } })),
      ...otherEncodings(guess.format, encodings.slice(1)),
    ],
  };
}

function otherEncodings(format: DatasetFormat, encodings: readonly EncodingGuess[]) {
  return encodings.map(({ encoding }) => ({
    format: isTextEncoding(encoding) ? { ...format, encoding } : format,
    reason: isTextEncoding(encoding)
      ? `the encoding may be ${encoding}`
      : `the encoding may be ${encoding}: convert the file to UTF-8 first`,
  }));
}

function linesOf(bytes: Buffer, encoding: string): string[] {
  const text = decodeText(bytes, encoding);
  return text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
}

async function guessParquet(file: OpenedFile, given: GivenFormat): Promise<FormatGuess> {
  const { ParquetFile } = await import("../parquet/parquet-file.js");
  const parquet = await ParquetFile.open(await file.anywhere());
  const guess = guessTable({ type: "parquet" }, await parquet.firstRows(JUDGED_ROWS), given);
  const columns = parquet.columns();
  const [stored, ...others] = columns.filter((column) => parquet.classNames(column));
  if (stored === undefined || others.length > 0 || !guess.format) return { ...guess, columns };
  // The file itself says which column is the label.
  return { ...guess, columns, format: { ...guess.format, labelColumn: stored } };
}
