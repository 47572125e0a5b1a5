import { decompress } from "./decompress.js";
import { delimitedReader } from "./formats/delimited.js";
import { jsonlReader } from "./formats/jsonl.js";
import type { RowReader } from "./formats/row-reader.js";
import { toutiaoMultilevelReader, toutiaoReader } from "./formats/toutiao.js";
import { Intake } from "./intake.js";
import { readLines } from "./lines.js";
import { type CorpusLimits, checkOptions, defaultLimits, type IngestOptions } from "./options.js";
import type { CorpusSummary } from "./profile.js";
import type { CorpusReject, CorpusSample } from "./rows.js";

/** Opens the file's bytes from the start; called twice where a counting pass is needed. */
export type OpenSource = () => AsyncIterable<Uint8Array>;

/** Rows since the last batch, each list in file order. */
export interface CorpusBatch {
  samples: CorpusSample[];
  rejects: CorpusReject[];
}

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
  const progress = options.onProgress ?? (() => {});
  const { minPerClass = 1 } = options.labels ?? {};
  let intake: Intake;
  let report = progress;
  if (minPerClass > 1) {
    const counting = new Intake(options);
    let size = 0;
    const half = (bytes: number) => {
      size = bytes;
      progress(Math.floor(bytes / 2));
    };
    for await (const _ of feed(open(), counting, options, half)) counting.take();
    const small = [...counting.labelCounts()].filter(([, count]) => count < minPerClass);
    intake = new Intake(options, new Set(small.map(([name]) => name)));
    report = (bytes) => progress(Math.floor((size + bytes) / 2));
  } else intake = new Intake(options);

  for await (const _ of feed(open(), intake, options, report)) {
    if (intake.waiting >= batchRows) yield intake.take();
  }
  const summary = intake.finish();
  yield* inBatches(intake.take());
  return summary;
}

/** The last rows; after sampling these are many. */
function* inBatches({ samples, rejects }: CorpusBatch): Generator<CorpusBatch> {
  if (rejects.length > 0) yield { samples: [], rejects };
  for (let at = 0; at < samples.length; at += batchRows) {
    yield { samples: samples.slice(at, at + batchRows), rejects: [] };
  }
}

/** Feeds a source's rows to the intake; gives control back after each block of lines. */
async function* feed(
  source: AsyncIterable<Uint8Array>,
  intake: Intake,
  options: IngestOptions,
  onProgress: (bytesRead: number) => void,
): AsyncGenerator<void> {
  const limits: CorpusLimits = { ...defaultLimits, ...options.limits };
  const reader = readerFor(options, limits);
  const bytes = decompress(counted(source, onProgress), limits);
  const { maxLineBytes } = limits;
  for await (const block of readLines(bytes, { maxLineBytes, encoding: "utf-8" })) {
    options.signal?.throwIfAborted();
    reader.push(block, intake);
    yield;
  }
  reader.finish(intake);
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

function readerFor({ format }: IngestOptions, limits: CorpusLimits): RowReader {
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
