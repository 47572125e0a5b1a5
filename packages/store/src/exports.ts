import QueryStream from "pg-query-stream";
import type { Store } from "./client.js";
import { classNames } from "./datasets.js";
import { readyPruning } from "./prunings.js";

export type ExportSplit = "cleaned" | "noise" | "all";

/** One sample of an export, in input order. */
export interface ExportRow {
  readonly ordinal: number;
  readonly line: number;
  readonly externalId: string | null;
  readonly text: string;
  readonly label: string;
  readonly trueLabel: string | null;
  readonly flagged: boolean;
  readonly suggested: string | null;
  readonly rank: number | null;
  readonly normalizedMargin: number | null;
}

/**
 * Streams the dataset after a pruning in input order, at constant memory. The first row is
 * fetched lazily; throws `pruning-not-found`, `pruning-not-finished` at once.
 */
export async function openExport(
  store: Store,
  pruningId: string,
  split: ExportSplit,
): Promise<AsyncIterable<ExportRow>> {
  const { row, datasetId, datasetKey } = await readyPruning(store, pruningId);
  const names = await classNames(store, datasetId);
  return streamRows(store, row.key, datasetKey, split, names);
}

interface JoinedRow {
  ordinal: number;
  line: number;
  external_id: string | null;
  text: string;
  class_index: number;
  true_class_index: number | null;
  rank: number | null;
  suggested: number | null;
  normalized_margin: number | null;
}

async function* streamRows(
  store: Store,
  pruningKey: number,
  datasetKey: number,
  split: ExportSplit,
  names: readonly string[],
): AsyncGenerator<ExportRow> {
  const wanted = { cleaned: "f.rank IS NULL", noise: "f.rank IS NOT NULL", all: "true" }[split];
  const client = await store.pool.connect();
  let failure: Error | undefined;
  const stream = client.query(
    new QueryStream(
      `SELECT s.ordinal, s.line, s.external_id, s.text, s.class_index, s.true_class_index,
         f.rank, f.suggested, f.normalized_margin
       FROM samples s LEFT JOIN flags f ON f.pruning_key = $1 AND f.ordinal = s.ordinal
       WHERE s.dataset_key = $2 AND ${wanted} ORDER BY s.ordinal`,
      [pruningKey, datasetKey],
      { batchSize: 1000 },
    ),
  );
  try {
    for await (const row of stream as AsyncIterable<JoinedRow>) {
      yield {
        ordinal: row.ordinal,
        line: row.line,
        externalId: row.external_id,
        text: row.text,
        label: names[row.class_index] ?? "",
        trueLabel: row.true_class_index === null ? null : (names[row.true_class_index] ?? null),
        flagged: row.rank !== null,
        suggested: row.suggested === null ? null : (names[row.suggested] ?? null),
        rank: row.rank,
        normalizedMargin: row.normalized_margin,
      };
    }
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    stream.destroy();
    client.release(failure);
  }
}
