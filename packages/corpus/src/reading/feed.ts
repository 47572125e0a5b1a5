import { readLines } from "../bytes/lines.js";
import { CorpusError } from "../errors.js";
import { delimitedReader } from "../formats/delimited.js";
import { jsonlReader } from "../formats/jsonl.js";
import { ParquetFile } from "../formats/parquet.js";
import type { RowReader } from "../formats/row-reader.js";
import { toutiaoMultilevelReader, toutiaoReader } from "../formats/toutiao.js";
import type { ColumnNames } from "../labels/column-names.js";
import { ColumnChoice } from "../options/column-choice.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { IngestOptions } from "../options/ingest-options.js";
import { type CorpusLimits, DEFAULT_LIMITS } from "../options/limits.js";
import { excerptOf } from "../rows/excerpt.js";
import type { RowSink } from "../rows/raw-row.js";
import { type OpenedFile, type OpenSource, openFile } from "./open-file.js";

/** Passes a file's rows to a sink, from the start, and yields control now and then. */
export type Feed = (sink: RowSink, onProgress: (bytesRead: number) => void) => AsyncGenerator<void>;

/** The rows of a file, and what was seen of it before they are read. */
export interface OpenedFeed {
  feed: Feed;
  /** The class names that the file stores. */
  ownNames: ColumnNames;
  /** The first unpacked bytes. */
  head: Uint8Array;
}

/**
 * The feed of a file in the format of the options. Throws CorpusError "bad-format" for a file that
 * is plainly of another format.
 */
export async function openFeed(open: OpenSource, options: IngestOptions): Promise<OpenedFeed> {
  const file = await openFile(open, options);
  const { format } = options;
  const { head } = file;
  refuseOtherFormat(file, format);
  if (format.type !== "parquet") {
    return {
      feed: (sink, report) => feedLines(file.open(report), sink, options),
      ownNames: {},
      head,
    };
  }
  const parquet = await ParquetFile.open(await file.anywhere());
  const { labelColumn = "label", trueLabelColumn } = format;
  const ownNames = {
    label: parquet.classNames(String(labelColumn)),
    trueLabel:
      trueLabelColumn === undefined ? undefined : parquet.classNames(String(trueLabelColumn)),
  };
  return { feed: (sink, report) => feedParquet(parquet, sink, options, report), ownNames, head };
}

function refuseOtherFormat({ contents, head }: OpenedFile, { type }: DatasetFormat): void {
  if (type !== "parquet" && contents === "parquet") {
    throw new CorpusError(
      "bad-format",
      `The file is parquet, but the format says ${type}. Give the format parquet.`,
    );
  }
  if (type === "parquet" && contents !== "parquet" && head.length > 0) {
    const start = JSON.stringify(excerptOf(Buffer.from(head).toString("utf8")).slice(0, 40));
    throw new CorpusError(
      "bad-parquet",
      `The format says parquet, but the file begins with ${start}. Give the format that it has.`,
    );
  }
}

async function* feedLines(
  bytes: AsyncIterable<Uint8Array>,
  sink: RowSink,
  options: IngestOptions,
): AsyncGenerator<void> {
  const limits: CorpusLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const reader = lineReaderFor(options, limits);
  const { maxLineBytes } = limits;
  const { encoding = "utf-8" } = options.format;
  for await (const block of readLines(bytes, { maxLineBytes, encoding })) {
    options.signal?.throwIfAborted();
    reader.push(block, sink);
    yield;
  }
  reader.finish(sink);
}

async function* feedParquet(
  file: ParquetFile,
  sink: RowSink,
  options: IngestOptions,
  onProgress: (bytesRead: number) => void,
): AsyncGenerator<void> {
  for await (const bytesRead of file.feed(
    options.format,
    sink,
    new ColumnChoice(options.columns),
  )) {
    options.signal?.throwIfAborted();
    onProgress(bytesRead);
    yield;
  }
}

function lineReaderFor({ format, columns }: IngestOptions, limits: CorpusLimits): RowReader {
  const choice = new ColumnChoice(columns);
  switch (format.type) {
    case "toutiao-multilevel":
      return toutiaoMultilevelReader(format, choice);
    case "toutiao":
      return toutiaoReader(format, choice);
    case "jsonl":
      return jsonlReader(format, choice);
    default:
      return delimitedReader(format, limits, choice);
  }
}
