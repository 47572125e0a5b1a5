import { Buffer, isUtf8 } from "node:buffer";
import type { Compression } from "../bytes/decompress.js";
import { emptyFile, withoutMark } from "../bytes/lines.js";
import { unsupportedText } from "../bytes/text-kinds.js";
import { CorpusError } from "../errors.js";
import { ParquetFile } from "../formats/parquet.js";
import type { LabelWarning } from "../labels/label-report.js";
import type { DatasetFormat, TextEncoding } from "../options/dataset-format.js";
import { checkOptions, type IngestOptions } from "../options/ingest-options.js";
import { DEFAULT_LIMITS } from "../options/limits.js";
import type { CorpusReject, CorpusSample } from "../rows/samples.js";
import { explained } from "./explain-failure.js";
import { openFeed } from "./feed.js";
import { guessFormat } from "./guess-format.js";
import { Intake } from "./intake.js";
import { type OpenedFile, type OpenSource, openFile } from "./open-file.js";

const NEWLINE = 0x0a;

/** What to read; `format` is guessed if it is not given. */
export interface PreviewOptions extends Pick<IngestOptions, "labels" | "limits" | "randomAccess"> {
  format?: DatasetFormat | undefined;
  /** How many samples and rejects are shown. Default 20. */
  rows?: number | undefined;
  /** How many bytes of the decompressed file are read. Default 256 KiB. */
  bytes?: number | undefined;
}

/** The start of a file, as ingest would read it. */
export interface CorpusPreview {
  compression: Compression;
  encoding: TextEncoding;
  /** The format given or guessed; null if nothing fits. */
  format: DatasetFormat | null;
  guessed: boolean;
  /** The existing columns, for formats that have columns. */
  columns: string[] | null;
  samples: CorpusSample[];
  rejects: CorpusReject[];
  /** The classes in the bytes that were read, most frequent first. */
  classes: { index: number; name: string; count: number }[];
  rowsLooked: number;
  /** Remarks about the labels that were read. */
  warnings: LabelWarning[];
  /** Why these options cannot read the file, if they cannot. */
  problem: { code: string; message: string } | null;
}

type RowsOfPreview = Pick<
  CorpusPreview,
  "samples" | "rejects" | "classes" | "rowsLooked" | "warnings" | "problem"
>;

/**
 * Reads the first bytes of a file: its compression and encoding, its format and columns, its first
 * rows and the classes so far. Throws CorpusError for a file that is not a dataset at all
 * ("empty-file", "binary-file", "bad-gzip", ...).
 */
export async function previewCorpus(
  open: OpenSource,
  options: PreviewOptions = {},
): Promise<CorpusPreview> {
  const { rows = 20, bytes = 256 * 1024 } = options;
  const file = await openFile(open, options);
  const { head, cut } = await readHead(file, bytes, options);
  if (head.length === 0) throw emptyFile();
  const parquet = file.contents === "parquet";
  const text = parquet ? head : withoutMark(head);
  const encoding = options.format?.encoding ?? (parquet ? "utf-8" : encodingOf(text));
  const guess = parquet ? await guessParquet(file) : guessFormat(linesOf(text, encoding));
  if (guess.format && encoding !== "utf-8") guess.format.encoding = encoding;
  const format = options.format ?? guess.format;
  const preview: CorpusPreview = {
    compression: file.compression,
    encoding,
    format,
    guessed: options.format === undefined,
    columns: guess.columns,
    samples: [],
    rejects: [],
    classes: [],
    rowsLooked: 0,
    warnings: [],
    problem: null,
  };
  if (!format) {
    const kind = unsupportedText(text.toString("utf8"));
    if (kind) throw kind;
    const message = "The first lines match no known format. Name the format and its delimiter.";
    return { ...preview, problem: { code: "bad-format", message } };
  }
  const source = parquet ? open : () => once(text);
  const read = await readRows(source, { ...options, format }, rows, cut);
  return { ...preview, ...read };
}

/** The rows in the bytes that were read; for parquet those of the first row group. */
async function readRows(
  open: OpenSource,
  given: PreviewOptions & { format: DatasetFormat },
  rows: number,
  cut: boolean,
): Promise<RowsOfPreview> {
  let problem: CorpusPreview["problem"] = null;
  let intake = new Intake(given);
  let head: Uint8Array = new Uint8Array(0);
  try {
    checkOptions(given);
    const opened = await openFeed(open, given, cut);
    head = opened.head;
    intake = new Intake(given, opened.ownNames);
    for await (const _ of opened.feed(intake, () => {})) if (given.format.type === "parquet") break;
  } catch (error) {
    const why = explained(error, head);
    if (!(why instanceof CorpusError)) throw why;
    problem = { code: why.code, message: why.message };
  }
  const { samples, rejects } = intake.take();
  const counts = intake.labelCounts();
  const classes = intake.classNames().map((name, index) => ({
    index,
    name,
    count: counts.get(name) ?? 0,
  }));
  return {
    samples: samples.slice(0, rows),
    rejects: rejects.slice(0, rows),
    classes: classes.sort((a, b) => b.count - a.count),
    rowsLooked: samples.length + rejects.length,
    warnings: intake.labelWarnings(),
    problem,
  };
}

/**
 * The first whole lines of the unpacked file, at least one, and whether more follow; for parquet all
 * of the head.
 */
async function readHead(
  file: OpenedFile,
  bytes: number,
  { limits }: PreviewOptions,
): Promise<{ head: Buffer; cut: boolean }> {
  const { maxLineBytes } = { ...DEFAULT_LIMITS, ...limits };
  const chunks: Uint8Array[] = [];
  let length = 0;
  let lineEnds = false;
  for await (const chunk of file.open()) {
    chunks.push(Uint8Array.from(chunk));
    length += chunk.length;
    lineEnds ||= chunk.includes(NEWLINE);
    if (length > Math.max(bytes, maxLineBytes) || (length > bytes && lineEnds)) break;
  }
  const read = Buffer.concat(chunks);
  if (length <= bytes) return { head: read, cut: false };
  const before = read.lastIndexOf(NEWLINE, bytes);
  const end = before < 0 ? read.indexOf(NEWLINE) : before;
  const head = end < 0 ? read : read.subarray(0, end + 1);
  return { head, cut: head.length < length };
}

/** GB18030 if most non-ASCII lines are not UTF-8 but decode as GB18030; else UTF-8. */
function encodingOf(head: Buffer): TextEncoding {
  const lines: Buffer[] = [];
  for (let start = 0; start < head.length; ) {
    const found = head.indexOf(0x0a, start);
    const end = found < 0 ? head.length : found;
    lines.push(head.subarray(start, end));
    start = end + 1;
  }
  const odd = lines.filter((line) => !isUtf8(line));
  const telling = lines.filter((line) => line.some((byte) => byte > 0x7f)).length;
  if (odd.length * 2 <= telling) return "utf-8";
  const decoder = new TextDecoder("gb18030", { fatal: true });
  const decoded = odd.filter((line) => {
    try {
      decoder.decode(line);
      return true;
    } catch {
      return false;
    }
  });
  return decoded.length * 10 >= odd.length * 9 ? "gb18030" : "utf-8";
}

function linesOf(head: Buffer, encoding: TextEncoding): string[] {
  const lines = new TextDecoder(encoding).decode(head).split("\n");
  return lines.slice(0, 1000).map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
}

async function guessParquet(
  file: OpenedFile,
): Promise<{ format: DatasetFormat; columns: string[] }> {
  const parquet = await ParquetFile.open(await file.anywhere());
  const columns = parquet.columns();
  const named = guessFormat([
    JSON.stringify(Object.fromEntries(columns.map((name) => [name, ""]))),
  ]);
  return { format: { ...named.format, type: "parquet" }, columns };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
