import { type Store, type Transaction, withTransaction } from "./client.js";
import { copyOut } from "./copy-binary.js";
import { partitionOf } from "./partitions.js";

/** What a fold's training reads: row i is the sample of ordinal i. */
export interface TrainingData {
  readonly texts: string[];
  /** Class indices, (n). */
  readonly labels: Int32Array;
  readonly classCount: number;
}

/** Reads a ready dataset's texts and labels in input order. */
export async function readTrainingData(store: Store, datasetId: string): Promise<TrainingData> {
  return withTransaction(store, async (tx) => {
    const { key, rows, classCount } = await datasetSize(tx, datasetId);
    const texts: string[] = new Array<string>(rows);
    const labels = new Int32Array(rows);
    let n = 0;
    // Ordered by the whole primary key: ordinal alone would be sorted instead of read off the index.
    const query = `SELECT text, class_index FROM ${partitionOf("samples", key)}
      ORDER BY dataset_key, ordinal`;
    const chunks = copyOut(tx, query, 2, ({ view, offsets, lengths }) => {
      const at = offsets[0] as number;
      texts[n] = view.toString("utf8", at, at + (lengths[0] as number));
      labels[n++] = view.readInt32BE(offsets[1] as number);
    });
    for await (const _ of chunks);
    if (n !== rows) throw new Error(`dataset ${datasetId} says ${rows} rows but holds ${n}`);
    return { texts, labels, classCount };
  });
}

async function datasetSize(tx: Transaction, datasetId: string) {
  const { rows } = await tx.query<{ key: number; rows: number; class_count: number }>(
    "SELECT key, rows, class_count FROM datasets WHERE id = $1 AND state = 'ready'",
    [datasetId],
  );
  const row = rows[0];
  if (!row) throw new Error(`dataset ${datasetId} is not ready`);
  return { key: row.key, rows: row.rows, classCount: row.class_count };
}
