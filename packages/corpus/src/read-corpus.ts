import { decompress } from "./decompress.js";
import { CorpusError } from "./errors.js";
import { delimitedReader } from "./formats/delimited.js";
import { jsonlReader } from "./formats/jsonl.js";
import { ParquetFile } from "./formats/parquet.js";
import type { RowReader } from "./formats/row-reader.js";
import { toutiaoMultilevelReader, toutiaoReader } from "./formats/toutiao.js";
import { Intake } from "./intake.js";
import { readLines } from "./lines.js";
import {
  type CorpusLimits,
  checkOptions,
  defaultLimits,
  type IngestOptions,
  type RandomAccess,
} from "./options.js";
import type { CorpusSummary } from "./profile.js";
import type { CorpusReject, CorpusSample } from "./rows.js";

/** Opens the file's bytes from the start; called twice where a counting pass is needed. */
export type OpenSource = () => AsyncIterable<Uint8Array>;

/** Rows since the last batch, each list in file order. */
export interface CorpusBatch {
  samples: CorpusSample[];
  rejects: CorpusReject[];
}

/** Feeds the file's rows to an intake and gives control back now and then. */
type Feed = (intake: Intake, onProgress: (bytesRead: number) => void) => AsyncGenerator<void>;

const batchRows = 1000;

/**
 * Streams a dataset file through its format and the label policy, in constant memory, in batches of
 * about a thousand rows; its return value is the summary. A row that cannot be used is a reject and
 * never ends the reading; rows that sampling leaves out are only counted. Throws CorpusError for
 * faults of the whole file, some of them only at the end, after batches were given out.
 */
export async function* readCorpus(
  open: OpenSource,
  options: IngestOptions,
): AsyncGenerator<CorpusBatch, CorpusSummary> {
  checkOptions(options);
  if (options.format.type !== "parquet") {
    return yield* readRows((intake, report) => feedLines(open(), intake, options, report), options);
  }
  const file = await ParquetFile.open(options.randomAccess ?? (await buffered(open(), options)));
  const { format } = options;
  const labelNames =
    format.labelNames ?? file.classLabelNames(String(format.labelColumn ?? "label"));
  const withNames = { ...options, format: { ...format, labelNames } };
  const feed: Feed = (intake, report) => feedParquet(file, intake, withNames, report);
  return yield* readRows(feed, withNames);
}

async function* readRows(
  feed: Feed,
  options: IngestOptions,
): AsyncGenerator<CorpusBatch, CorpusSummary> {
  const progress = options.onProgress ?? (() => {});
  const { minPerClass = 1 } = options.labels ?? {};
  let intake = new Intake(options);
  let report = progress;
  if (minPerClass > 1) {
    let size = 0;
    const half = (bytes: number) => {
      size = bytes;
      progress(Math.floor(bytes / 2));
    };
    for await (const _ of feed(intake, half)) intake.take();
    const small = [...intake.labelCounts()].filter(([, count]) => count < minPerClass);
    intake = new Intake(options, new Set(small.map(([name]) => name)));
    report = (bytes) => progress(Math.floor((size + bytes) / 2));
  }
  for await (const _ of feed(intake, report)) {
    if (intake.waiting >= batchRows) yield* inBatches(intake.take());
  }
  const summary = intake.finish();
  yield* inBatches(intake.take());
  return summary;
}

/** Rows that came in one go, in batches of bearable size. */
function* inBatches({ samples, rejects }: CorpusBatch): Generator<CorpusBatch> {
  const rows = Math.max(samples.length, rejects.length);
  if (rows <= 2 * batchRows) {
    if (rows > 0) yield { samples, rejects };
    return;
  }
  for (let at = 0; at < rows; at += batchRows) {
    yield {
      samples: samples.slice(at, at + batchRows),
      rejects: rejects.slice(at, at + batchRows),
    };
  }
}

async function* feedLines(
  source: AsyncIterable<Uint8Array>,
  intake: Intake,
  options: IngestOptions,
  onProgress: (bytesRead: number) => void,
): AsyncGenerator<void> {
  const limits: CorpusLimits = { ...defaultLimits, ...options.limits };
  const reader = lineReaderFor(options, limits);
  const bytes = decompress(counted(source, onProgress), limits);
  const { maxLineBytes } = limits;
  const { encoding = "utf-8" } = options.format;
  for await (const block of readLines(bytes, { maxLineBytes, encoding })) {
    options.signal?.throwIfAborted();
    reader.push(block, intake);
    yield;
  }
  reader.finish(intake);
}

async function* feedParquet(
  file: ParquetFile,
  intake: Intake,
  options: IngestOptions,
  onProgress: (bytesRead: number) => void,
): AsyncGenerator<void> {
  for await (const bytesRead of file.feed(options.format, intake)) {
    options.signal?.throwIfAborted();
    onProgress(bytesRead);
    yield;
  }
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onProgress: (bytesRead: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytesRead = 0;
  for await (const chunk of source) {
    bytesRead += chunk.length;
    onProgress(bytesRead);
    yield chunk;
  }
}

/** A whole source in memory, for want of random access. Throws CorpusError "too-large-buffered". */
async function buffered(
  source: AsyncIterable<Uint8Array>,
  options: IngestOptions,
): Promise<RandomAccess> {
  const limits: CorpusLimits = { ...defaultLimits, ...options.limits };
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of decompress(source, limits)) {
    options.signal?.throwIfAborted();
    bytes += chunk.length;
    if (bytes > limits.maxBufferedBytes) {
      throw new CorpusError(
        "too-large-buffered",
        `A parquet file of more than ${limits.maxBufferedBytes} bytes needs random access.`,
        { limit: limits.maxBufferedBytes },
      );
    }
    chunks.push(chunk);
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole.buffer;
}

function lineReaderFor({ format }: IngestOptions, limits: CorpusLimits): RowReader {
  switch (format.type) {
    case "toutiao-multilevel":
      return toutiaoMultilevelReader(format);
    case "toutiao":
      return toutiaoReader(format);
    case "jsonl":
      return jsonlReader(format);
    default:
      return delimitedReader(format, limits);
  }
}
