import type { LineBlock } from "../bytes/line-block.js";
import { readLines } from "../bytes/lines.js";
import { CorpusError } from "../errors.js";
import { delimitedReader } from "../formats/delimited.js";
import { fastTextReader } from "../formats/fasttext.js";
import { jsonlReader } from "../formats/jsonl.js";
import { ParquetFile } from "../formats/parquet.js";
import type { LineRange, RowReader } from "../formats/row-reader.js";
import { toutiaoMultilevelReader, toutiaoReader } from "../formats/toutiao.js";
import { feedJson, planJson } from "../json/read-json.js";
import { sinkRows } from "../json/row-taker.js";
import type { ColumnNames } from "../labels/column-names.js";
import { ColumnChoice } from "../options/column-choice.js";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { IngestOptions } from "../options/ingest-options.js";
import { type CorpusLimits, DEFAULT_LIMITS } from "../options/limits.js";
import { excerptOf } from "../rows/excerpt.js";
import type { RowSink } from "../rows/raw-row.js";
import { type OpenedFile, type OpenSource, openFile } from "./open-file.js";
import { SecondReading } from "./second-reading.js";

/** What a preview reads of a JSON document, which can have its rows anywhere. */
export const CUT_JSON = { bytes: 64 * 1024 * 1024, rows: 1000 };

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
 * The feed of a file in the format of the options. With `cut` the source is only the head of a longer
 * file, so a record that is open at its end is neither a row nor a reject; of a JSON document only the first rows are read. Throws CorpusError
 * "bad-format" for a file that is plainly of another format.
 */
export async function openFeed(
  open: OpenSource,
  options: IngestOptions,
  cut = false,
): Promise<OpenedFeed> {
  const file = await openFile(open, options);
  const { format } = options;
  const { head } = file;
  refuseOtherFormat(file, format);
  if (format.type === "json") return openJson(file, options, cut);
  if (format.type !== "parquet") {
    return {
      feed: (sink, report) => feedLines(file, sink, options, report, cut),
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

async function openJson(
  file: OpenedFile,
  options: IngestOptions,
  cut: boolean,
): Promise<OpenedFeed> {
  const { format, signal } = options;
  const bounds = cut ? CUT_JSON : undefined;
  const limits: CorpusLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const plan = await planJson({ open: () => file.open(), format, limits, bounds });
  return {
    async *feed(sink, report) {
      const document = { open: () => file.open(report), format, limits, bounds };
      const openRows = sinkRows(new ColumnChoice(options.columns));
      for await (const _ of feedJson(document, plan, openRows, sink)) {
        signal?.throwIfAborted();
        yield;
      }
    },
    ownNames: {},
    head: file.head,
  };
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
  file: OpenedFile,
  sink: RowSink,
  options: IngestOptions,
  onProgress: (bytesRead: number) => void,
  cut: boolean,
): AsyncGenerator<void> {
  const limits: CorpusLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const reader = lineReaderFor(options, limits);
  const { maxLineBytes } = limits;
  const { encoding } = options.format;
  const linesOf = (bytes: AsyncIterable<Uint8Array>) =>
    readLines(bytes, { maxLineBytes, encoding });
  const second = new SecondReading(() => linesOf(file.open()));
  const pushAgain = (range: LineRange | null) => readAgain(range, second, reader, sink, options);
  try {
    for await (const block of linesOf(file.open(onProgress))) {
      options.signal?.throwIfAborted();
      yield* pushAgain(reader.push(block, sink));
      yield;
    }
    for (let range = reader.finish(sink, cut); range; range = reader.finish(sink, cut)) {
      yield* pushAgain(range);
    }
  } finally {
    await second.close();
  }
}

/** Pushes the lines that the reader needs once more, and those that it then needs. */
async function* readAgain(
  first: LineRange | null,
  second: SecondReading,
  reader: RowReader,
  sink: RowSink,
  { signal }: IngestOptions,
): AsyncGenerator<void> {
  for (let range = first; range; ) {
    const blocks: AsyncIterable<LineBlock> = second.lines(range);
    range = null;
    for await (const block of blocks) {
      signal?.throwIfAborted();
      range = reader.push(block, sink);
      yield;
    }
  }
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
    case "fasttext":
      return fastTextReader(choice);
    case "jsonl":
      return jsonlReader(format, choice);
    default:
      return delimitedReader(format, limits, choice);
  }
}
