import { decompress } from "../bytes/decompress.js";
import { readLines } from "../bytes/lines.js";
import { CorpusError } from "../errors.js";
import { delimitedReader } from "../formats/delimited.js";
import { jsonlReader } from "../formats/jsonl.js";
import { ParquetFile } from "../formats/parquet.js";
import type { RowReader } from "../formats/row-reader.js";
import { toutiaoMultilevelReader, toutiaoReader } from "../formats/toutiao.js";
import type { ColumnNames } from "../labels/column-names.js";
import type { IngestOptions, RandomAccess } from "../options/ingest-options.js";
import { type CorpusLimits, DEFAULT_LIMITS } from "../options/limits.js";
import type { RowSink } from "../rows/raw-row.js";

/** Opens the file's bytes from the start; called twice if a counting pass is needed. */
export type OpenSource = () => AsyncIterable<Uint8Array>;

/** Passes a file's rows to a sink, from the start, and yields control now and then. */
export type Feed = (sink: RowSink, onProgress: (bytesRead: number) => void) => AsyncGenerator<void>;

/** The feed of a file in the format of the options, and the class names that the file stores. */
export async function openFeed(
  open: OpenSource,
  options: IngestOptions,
): Promise<{ feed: Feed; ownNames: ColumnNames }> {
  const { format } = options;
  if (format.type !== "parquet") {
    return { feed: (sink, report) => feedLines(open(), sink, options, report), ownNames: {} };
  }
  const file = await openParquet(open, options);
  const { labelColumn = "label", trueLabelColumn } = format;
  const ownNames = {
    label: file.classNames(String(labelColumn)),
    trueLabel: trueLabelColumn === undefined ? undefined : file.classNames(String(trueLabelColumn)),
  };
  return { feed: (sink, report) => feedParquet(file, sink, options, report), ownNames };
}

/** A parquet file by random access, or from memory. Throws CorpusError "too-large-buffered". */
export async function openParquet(
  open: OpenSource,
  options: Pick<IngestOptions, "limits" | "randomAccess" | "signal">,
): Promise<ParquetFile> {
  return ParquetFile.open(options.randomAccess ?? (await buffered(open(), options)));
}

async function* feedLines(
  source: AsyncIterable<Uint8Array>,
  sink: RowSink,
  options: IngestOptions,
  onProgress: (bytesRead: number) => void,
): AsyncGenerator<void> {
  const limits: CorpusLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const reader = lineReaderFor(options, limits);
  const bytes = decompress(counted(source, onProgress), limits);
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
  for await (const bytesRead of file.feed(options.format, sink)) {
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

async function buffered(
  source: AsyncIterable<Uint8Array>,
  options: Pick<IngestOptions, "limits" | "signal">,
): Promise<RandomAccess> {
  const limits: CorpusLimits = { ...DEFAULT_LIMITS, ...options.limits };
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
