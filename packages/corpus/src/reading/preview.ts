import type { Compression } from "../bytes/decompress.js";
import { unsupportedText } from "../bytes/text-kinds.js";
import { CorpusError } from "../errors.js";
import { type FormatAlternative, SURE_ENOUGH } from "../guessing/guess-format.js";
import type { DatasetFormat, GivenFormat, RequestedFormat } from "../options/dataset-format.js";
import { checkOptions, type IngestOptions } from "../options/ingest-options.js";
import type { CorpusWarning } from "../rows/corpus-warning.js";
import type { CorpusReject, CorpusSample } from "../rows/samples.js";
import { explained } from "./explain-failure.js";
import { openFeed } from "./feed.js";
import { sampleFile } from "./file-sample.js";
import { encodingHint, encodingRead, hintsOf } from "./format-hints.js";
import { type FileGuess, guessFile, unsureMessage } from "./guess-file.js";
import { Intake } from "./intake.js";
import { type OpenSource, openFile } from "./open-file.js";

/** What to read. Of a format that is "auto" or not given, what is missing is guessed. */
export interface PreviewOptions extends Pick<IngestOptions, "labels" | "limits" | "randomAccess"> {
  format?: RequestedFormat | undefined;
  /** How many samples and rejects are shown. Default 20. */
  rows?: number | undefined;
  /** How many bytes of the decompressed file are read. Default 256 KiB. */
  bytes?: number | undefined;
}

/** The start of a file, as ingest would read it. */
export interface CorpusPreview {
  compression: Compression;
  /** The one given, or guessed from the bytes; its WHATWG name. */
  encoding: string;
  /** The format given or guessed; null if nothing fits. */
  format: DatasetFormat | null;
  guessed: boolean;
  /** How likely a guessed format reads the file as it is meant, from 0 to 1; 1 for a given one. */
  confidence: number;
  /** What else the file could be, the likeliest first; empty for a given format. */
  alternatives: readonly FormatAlternative[];
  /** The existing columns, for formats that have columns. */
  columns: string[] | null;
  samples: CorpusSample[];
  rejects: CorpusReject[];
  /** The classes in the bytes that were read, most frequent first. */
  classes: { index: number; name: string; count: number }[];
  rowsLooked: number;
  /** Remarks about the labels that were read. */
  warnings: CorpusWarning[];
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
  const { rows = 20, bytes } = options;
  const file = await openFile(open, options);
  const sample = await sampleFile(file, options, bytes);
  const { type, ...given }: RequestedFormat = options.format ?? { type: "auto" };
  const asked: DatasetFormat | null = type === "auto" ? null : { ...given, type };
  const { limits } = options;
  const guess = await guessFile(file, sample, asked ? layoutOf(given) : given, limits);
  const format = asked ?? guess.format;
  // As if nothing were given, to say what would fit better.
  const free = asked ? await guessFile(file, sample, {}, limits) : guess;
  const preview: CorpusPreview = {
    compression: file.compression,
    encoding: asked ? encodingRead(given.encoding, guess) : guess.encoding,
    format,
    guessed: asked === null,
    confidence: asked ? 1 : guess.confidence,
    alternatives: asked ? [] : guess.alternatives,
    columns: guess.columns,
    samples: [],
    rejects: [],
    classes: [],
    rowsLooked: 0,
    warnings: [],
    problem: asked ? null : doubtOf(guess),
  };
  if (!format) {
    const kind = unsupportedText(sample.head.toString("utf8"));
    if (kind) throw kind;
    return preview;
  }
  const isWhole = file.contents !== "text" || format.type === "json";
  const source = isWhole ? open : () => once(sample.head);
  const cut = sample.isCut || isWhole;
  const read = await readRows(source, { ...options, format }, rows, cut, free);
  return { ...preview, ...read, problem: preview.problem ?? read.problem };
}

/** What decides which columns there are. */
function layoutOf(given: GivenFormat): GivenFormat {
  const { encoding, header, records, sheet, delimiter, quote, escape: escapes } = given;
  const layout = { encoding, header, records, sheet, delimiter, quote, escape: escapes };
  return Object.fromEntries(Object.entries(layout).filter(([, value]) => value !== undefined));
}

function doubtOf(guess: FileGuess): CorpusPreview["problem"] {
  if (guess.format && guess.confidence >= SURE_ENOUGH) return null;
  return { code: "format-unclear", message: unsureMessage(guess) };
}

/** The rows in the bytes that were read; for parquet the first ones of the first row group. */
async function readRows(
  open: OpenSource,
  given: PreviewOptions & { format: DatasetFormat },
  rows: number,
  cut: boolean,
  guess: FileGuess,
): Promise<RowsOfPreview> {
  let problem: CorpusPreview["problem"] = null;
  let intake = new Intake(given);
  let warnings: readonly CorpusWarning[] = [];
  const file = await openFile(open, given);
  try {
    checkOptions(given);
    const opened = await openFeed(file, given, cut);
    warnings = opened.warnings;
    intake = new Intake(given, opened.ownNames);
    const isParquet = given.format.type === "parquet";
    for await (const _ of opened.feed(intake, () => {}));
    intake.checkSoFar(cut || isParquet);
  } catch (error) {
    const why = await explained(error, file.head, async () => hintsOf(given.format, guess));
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
    warnings: [...warnings, ...intake.warnings(), ...encodingWarnings(given.format, guess)],
    problem,
  };
}

function encodingWarnings(format: DatasetFormat, guess: FileGuess): CorpusWarning[] {
  const hint = encodingHint(format, guess);
  return hint ? [{ code: "other-encoding", message: hint.detail }] : [];
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
