import type { LineBlock } from "../bytes/line-block.js";
import { readLines } from "../bytes/lines.js";
import { delimitedReader } from "../formats/delimited.js";
import { fastTextReader } from "../formats/fasttext.js";
import { jsonlReader } from "../formats/jsonl.js";
import type { LineRange, RowReader } from "../formats/row-reader.js";
import { toutiaoMultilevelReader, toutiaoReader } from "../formats/toutiao.js";
import { ColumnChoice } from "../options/column-choice.js";
import type { IngestOptions } from "../options/ingest-options.js";
import { type CorpusLimits, DEFAULT_LIMITS } from "../options/limits.js";
import type { RowSink } from "../rows/raw-row.js";
import type { OpenedFile } from "./open-file.js";
import { SecondReading } from "./second-reading.js";

/** Passes the rows of a text file on, line by line; with `cut` it is the head of a longer one. */
export async function* feedLines(
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

function lineReaderFor({ format, columns }: IngestOptions, limits: CorpusLimits): RowReader {
  const choice = new ColumnChoice(columns, format.annotatorColumn);
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
