import { Buffer } from "node:buffer";
import type { BatchWriter, CellRow, TableOptions } from "./batch-writer.js";
import { csvWriter } from "./delimited.js";
import { jsonlWriter, jsonWriter } from "./jsonl.js";
import { parquetWriter } from "./parquet.js";

interface BatchSize {
  readonly rows: number;
  /** Characters of its cells: a batch is in memory, and sent, as a whole. */
  readonly characters: number;
}

/** In parquet a batch is a row group, so it must not be too small. */
const BATCH = {
  parquet: { rows: 20_000, characters: 32 * 2 ** 20 },
  text: { rows: 1000, characters: 256 * 2 ** 10 },
} satisfies Record<string, BatchSize>;

/** Writes rows of cells as a file with these columns, in input order and constant memory. */
export function writeTable(
  rows: Iterable<CellRow> | AsyncIterable<CellRow>,
  options: TableOptions,
): AsyncGenerator<Uint8Array> {
  const { format } = options;
  return writeBatches(
    rows,
    tableWriter(options),
    format === "parquet" ? BATCH.parquet : BATCH.text,
  );
}

/** Passes rows to a format's writer, in batches. */
export async function* writeBatches<Row extends object>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  writer: BatchWriter<Row>,
  size: BatchSize = BATCH.text,
): AsyncGenerator<Uint8Array> {
  let batch: Row[] = [];
  let characters = 0;
  yield* nonEmpty(writer.begin());
  for await (const row of rows) {
    batch.push(row);
    characters += charactersOf(row);
    if (batch.length < size.rows && characters < size.characters) continue;
    yield* nonEmpty(writer.write(batch));
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield* nonEmpty(writer.write(batch));
  yield* nonEmpty(writer.end());
}

/** Of all texts and bytes in a row. */
export function charactersOf(row: object): number {
  let sum = 0;
  for (const cell of Object.values(row)) {
    if (typeof cell === "string" || cell instanceof Uint8Array) sum += cell.length;
  }
  return sum;
}

/** The writer of a table to whom batches are passed one by one. */
export function tableWriter(options: TableOptions): BatchWriter<CellRow> {
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
