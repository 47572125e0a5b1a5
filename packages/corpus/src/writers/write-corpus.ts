import { Buffer } from "node:buffer";
import type { DatasetFormat } from "../options/dataset-format.js";
import type { BatchWriter, CorpusRow, WritableFormat, WriteOptions } from "./batch-writer.js";
import { csvWriter } from "./delimited.js";
import { jsonlWriter } from "./jsonl.js";
import { parquetWriter } from "./parquet.js";
import { type ToutiaoFormat, toutiaoWriter, unwritableBecause } from "./toutiao.js";

/** In parquet a batch is a row group, so it must not be too small. */
const BATCH_ROWS = { parquet: 20_000, text: 1000 };

/**
 * Writes rows as a dataset file, in input order and constant memory. `readCorpus` with
 * `formatWritten(options)` reads the same rows back.
 */
export async function* writeCorpus(
  rows: Iterable<CorpusRow> | AsyncIterable<CorpusRow>,
  options: WriteOptions,
): AsyncGenerator<Uint8Array> {
  const writer = writerFor(options);
  const size = options.format === "parquet" ? BATCH_ROWS.parquet : BATCH_ROWS.text;
  let batch: CorpusRow[] = [];
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

/** Why a format cannot hold a row; null if it can, as tables and jsonl always do. */
export function whyUnwritable(row: CorpusRow, format: WritableFormat): string | null {
  return isToutiao(format) ? unwritableBecause(row, format) : null;
}

/** The format that reads a file written with these options. */
export function formatWritten(options: WriteOptions): DatasetFormat {
  const { format, trueLabels, formulaGuard } = options;
  if (isToutiao(format)) return { type: format };
  return {
    type: format,
    textColumn: "text",
    labelColumn: "label",
    idColumn: "id",
    ...(trueLabels ? { trueLabelColumn: "true_label" } : {}),
    ...(formulaGuard ? { formulaGuard: true } : {}),
  };
}

const isToutiao = (format: WritableFormat): format is ToutiaoFormat =>
  format === "toutiao" || format === "toutiao-multilevel";

function writerFor(options: WriteOptions): BatchWriter {
  switch (options.format) {
    case "csv":
      return csvWriter(options, ",");
    case "tsv":
      return csvWriter(options, "\t");
    case "jsonl":
      return jsonlWriter(options);
    case "parquet":
      return parquetWriter(options);
    default:
      return toutiaoWriter(options.format, options.unwritable ?? "throw");
  }
}

function* nonEmpty(written: Uint8Array | string): Generator<Uint8Array> {
  if (written.length > 0)
    yield typeof written === "string" ? Buffer.from(written, "utf8") : written;
}
