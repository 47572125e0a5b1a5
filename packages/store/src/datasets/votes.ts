import { type Store, withTransaction } from "../database/client.js";
import { copyOut } from "../database/copy-binary.js";
import { partitionOf } from "../database/partitions.js";

/** Who gave which row which label: the votes of row i are those from `starts[i]` to `starts[i + 1]`. */
export interface StoredVotes {
  /** (n + 1) */
  readonly starts: Int32Array;
  /** (votes) numbers from 0. */
  readonly annotator: Int32Array;
  /** (votes) class indices. */
  readonly label: Int32Array;
}

const HEAD_BYTES = 20;
const ITEM_BYTES = 8;

/** The votes for a ready dataset's `n` rows, in input order. Memory: 8 bytes a vote, 4 a row. */
export async function readVotes(store: Store, datasetId: string, n: number): Promise<StoredVotes> {
  return withTransaction(store, async (tx) => {
    const { rows } = await tx.query<{ key: number; votes: number }>(
      `SELECT key, (profile->'annotators'->>'votes')::int AS votes FROM datasets
       WHERE id = $1 AND state = 'ready'`,
      [datasetId],
    );
    const found = rows[0];
    if (!found?.votes) throw new Error(`${datasetId} has no votes`);
    const starts = new Int32Array(n + 1);
    const annotator = new Int32Array(found.votes);
    const label = new Int32Array(found.votes);
    let row = 0;
    let count = 0;
    // Ordered by the whole primary key: ordinal alone would be sorted instead of read off the index.
    const query = `SELECT votes FROM ${partitionOf("samples", found.key)} ORDER BY dataset_key, ordinal`;
    const chunks = copyOut(tx, query, 1, ({ view, offsets, lengths }) => {
      const end = offsets[0]! + lengths[0]!;
      for (let at = offsets[0]! + HEAD_BYTES; at < end; at += 2 * ITEM_BYTES) {
        annotator[count] = view.readInt32BE(at + 4);
        label[count++] = view.readInt32BE(at + ITEM_BYTES + 4);
      }
      starts[++row] = count;
    });
    for await (const _ of chunks);
    if (row !== n || count !== found.votes) {
      throw new Error(`${datasetId} says ${n} rows, ${found.votes} votes; it has ${row}, ${count}`);
    }
    return { starts, annotator, label };
  });
}
