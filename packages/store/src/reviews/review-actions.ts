import type { MetOrder, ReviewAction } from "@winnow/contracts";
import type { Queryable, Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";

export interface NewAction {
  readonly datasetId: string;
  readonly actorId: string | null;
  readonly pruningId: string | null;
  readonly order: MetOrder | null;
  readonly filter?: object;
  readonly rows: number;
}

export interface ActionRow {
  readonly key: number;
  readonly id: string;
  readonly dataset_id: string;
  readonly actor_id: string | null;
  readonly pruning_id: string | null;
  readonly met_order: MetOrder | null;
  readonly rows: number;
  readonly created_at: Date;
  readonly undone_at: Date | null;
}

export const ACTION_COLUMNS = `key::float8 AS key, id, dataset_id, actor_id, pruning_id, met_order,
  rows, created_at, undone_at`;

/** SQL: writes an action of `actionValues` at the places `$2` to `$8`, and returns it. */
export const INSERT_ACTION = `INSERT INTO review_actions
    (id, dataset_id, actor_id, pruning_id, met_order, filter, rows)
  VALUES ($2, $3, $4, $5, $6, $7, $8) RETURNING ${ACTION_COLUMNS}`;

export function actionValues(action: NewAction): unknown[] {
  const { datasetId, actorId, pruningId, order, filter, rows } = action;
  return [newId("reviewAction"), datasetId, actorId, pruningId, order, filter ?? null, rows];
}

export async function insertAction(tx: Transaction, action: NewAction): Promise<ActionRow> {
  // `$1` is the dataset's key in a statement that also writes reviews.
  const { rows } = await tx.query<ActionRow>(`WITH ignored AS (SELECT $1::int) ${INSERT_ACTION}`, [
    null,
    ...actionValues(action),
  ]);
  return rows[0]!;
}

export const actionView = (row: ActionRow): ReviewAction => ({
  id: row.id,
  datasetId: row.dataset_id,
  version: row.key,
  rows: row.rows,
  by: row.actor_id,
  pruningId: row.pruning_id,
  order: row.met_order,
  createdAt: row.created_at.toISOString(),
  undoneAt: row.undone_at?.toISOString() ?? null,
});

/** Removes what is known of a dataset's rows, in the transaction that deletes the dataset. */
export async function removeReviews(tx: Queryable, datasetKey: number): Promise<void> {
  for (const table of ["reviews", "review_history", "near_duplicates", "dataset_origins"]) {
    await tx.query(`DELETE FROM ${table} WHERE dataset_key = $1`, [datasetKey]);
  }
}
