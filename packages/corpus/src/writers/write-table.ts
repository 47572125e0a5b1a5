import { Buffer } from "node:buffer";
import type { BatchWriter, CellRow, TableOptions } from "./batch-writer.js";
import { csvWriter } from "./delimited.js";
import { jsonlWriter, jsonWriter } from "./jsonl.js";
import { parquetWriter } from "./parquet.js";

/** In parquet a batch is a row group, so it must not be too small. */
const BATCH_ROWS = { parquet: 20_000, text: 1000 };

/** Writes rows of cells as a file with these columns, in input order and constant memory. */
export function writeTable(
  rows: Iterable<CellRow> | AsyncIterable<CellRow>,
  options: TableOptions,
): AsyncGenerator<Uint8Array> {
  const { format } = options;
  const size = format === "parquet" ? BATCH_ROWS.parquet : BATCH_ROWS.text;
  return writeBatches(rows, writerFor(options), size);
}

/** Passes rows to a format's writer, in batches. */
export async function* writeBatches<Row>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  writer: BatchWriter<Row>,
  size: number = BATCH_ROWS.text,
): AsyncGenerator<Uint8Array> {
  let batch: Row[] = [];
  yield* nonEmpty(writer.begin());
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < size) continue;
    yield* nonEmpty(writer.write(batch));
    batch = [];
  }
  if (batch.length > 0) yield* nonEmpty(writer.write(batch));
  yield* nonEmpty(writer.end());
}

function writerFor(options: TableOptions): BatchWriter<CellRow> {
  switch (options.format) {
    case "jsonl":
      return jsonlWriter(options);
    case "json":
      return jsonWriter(options);
    case "parquet":
      return parquetWriter(options);
    default:
      return csvWriter(options);
  }
}

function* nonEmpty(written: Uint8Array | string): Generator<Uint8Array> {
  if (written.length > 0)
    yield typeof written === "string" ? Buffer.from(written, "utf8") : written;
}
