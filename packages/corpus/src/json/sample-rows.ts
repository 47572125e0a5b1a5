import type { DatasetFormat } from "../options/dataset-format.js";
import type { RowSink } from "../rows/raw-row.js";
import { feedJson, type JsonDocument, planJson } from "./read-json.js";

/** The first rows of a document, as they are read without named columns. */
export interface SampledRows {
  objects: object[];
  /** The format with the columns that the document itself gives away: Label Studio's. */
  format: DatasetFormat;
}

const NO_SINK: RowSink = { columns: () => {}, row: () => {}, reject: () => {} };

/**
 * Reads the first rows of a document, whatever their columns are. Throws CorpusError "bad-json", and
 * "bad-format" for a document without rows.
 */
export async function sampleRows(
  document: JsonDocument & { bounds: { bytes: number; rows: number } },
): Promise<SampledRows> {
  const sampled: SampledRows = { objects: [], format: document.format };
  const plan = await planJson(document);
  const openRows = (format: DatasetFormat) => {
    sampled.format = format;
    return {
      take: ({ object }: { object: object }) => void sampled.objects.push(object),
      finish() {},
    };
  };
  for await (const _ of feedJson(document, plan, openRows, NO_SINK));
  return sampled;
}
