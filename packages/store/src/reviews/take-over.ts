import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { partitionOf } from "../database/partitions.js";
import { readOrigins, writeOrigins } from "./origins.js";

export interface Derivation {
  readonly parentId: string;
  /** Of the derived dataset. */
  readonly datasetKey: number;
  /** By ordinal of the parent: 1 if the row was kept. */
  readonly kept: Uint8Array;
  /** Whether the reviews of the parent's rows hold for the derived ones. */
  readonly withReviews: boolean;
}

/** A derived dataset learns whose rows it has, and what was decided about them. */
export async function takeOverRows(
  tx: Transaction,
  { parentId, datasetKey, kept, withReviews }: Derivation,
): Promise<void> {
  const { rows } = await tx.query<{ key: number }>("SELECT key FROM datasets WHERE id = $1", [
    parentId,
  ]);
  if (!rows[0]) throw new Error(`the parent ${parentId} was deleted`);
  const parentKey = rows[0].key;
  const parent = await readOrigins(tx, parentKey, kept.length);
  const isKept = (_: number, ordinal: number) => kept[ordinal] === 1;
  await writeOrigins(tx, datasetKey, {
    rootKey: parent.rootKey,
    ordinals: parent.ordinals.filter(isKept),
  });
  if (withReviews) await inheritReviews(tx, parentKey, datasetKey, kept);
}

/** A label that somebody keeps is still the one that they saw, where the derived row has another. */
async function inheritReviews(
  tx: Transaction,
  parentKey: number,
  datasetKey: number,
  kept: Uint8Array,
): Promise<void> {
  const ordinals = Int32Array.from(kept, (_, ordinal) => ordinal).filter((o) => kept[o] === 1);
  const action = await tx.query<{ key: string }>(
    `INSERT INTO review_actions (id, dataset_id, rows, inherited)
     SELECT $1, id, 0, true FROM datasets WHERE key = $2 RETURNING key`,
    [newId("reviewAction"), datasetKey],
  );
  const { key } = action.rows[0]!;
  const { rowCount } = await tx.query(
    `WITH inherited AS (
       INSERT INTO reviews (dataset_key, ordinal, action_key, verdict, class_index)
       SELECT $2::int, own.ordinal - 1, $4::bigint, CASE WHEN kept.other THEN 'relabel' ELSE r.verdict END,
         CASE WHEN kept.other THEN parent.class_index ELSE r.class_index END
       FROM unnest($3::int[]) WITH ORDINALITY AS own(parent, ordinal)
       JOIN reviews r ON r.dataset_key = $1::int AND r.ordinal = own.parent
       JOIN ${partitionOf("samples", parentKey)} parent ON parent.dataset_key = $1::int
         AND parent.ordinal = own.parent
       JOIN ${partitionOf("samples", datasetKey)} derived ON derived.dataset_key = $2::int
         AND derived.ordinal = own.ordinal - 1
       CROSS JOIN LATERAL (SELECT r.verdict = 'keep'
         AND derived.class_index <> parent.class_index AS other) kept
       RETURNING ordinal, verdict, class_index)
     INSERT INTO review_history (dataset_key, ordinal, action_key, verdict, class_index)
     SELECT $2::int, ordinal, $4::bigint, verdict, class_index FROM inherited`,
    [parentKey, datasetKey, [...ordinals], key],
  );
  await (rowCount
    ? tx.query("UPDATE review_actions SET rows = $2 WHERE key = $1", [key, rowCount])
    : tx.query("DELETE FROM review_actions WHERE key = $1", [key]));
}
