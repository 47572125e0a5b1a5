import type { MetOrder, Page, Review, Verdict } from "@winnow/contracts";
import { type Database, poolOf, type Store, sql } from "../database/client.js";
import { type PageRequest, readPage } from "../database/pages.js";
import { datasetKeyOf } from "../datasets/datasets.js";

export interface ReviewRecord {
  readonly ordinal: number;
  readonly verdict: Verdict;
  readonly label: string | null;
  readonly version: number;
  readonly action_id: string;
  readonly actor_id: string | null;
  readonly pruning_id: string | null;
  readonly met_order: MetOrder | null;
  readonly inherited: boolean;
  readonly created_at: Date;
  readonly undone_at: Date | null;
}

/** SQL: a review `r` of the present or the history with its action `a` and class `c`. */
const RECORD = `r.ordinal, r.verdict, c.name AS label, r.action_key::float8 AS version,
  a.id AS action_id, a.actor_id, a.pruning_id, a.met_order, a.inherited, a.created_at, a.undone_at`;
const OF_ACTION = `JOIN review_actions a ON a.key = r.action_key
  LEFT JOIN classes c ON c.dataset_id = a.dataset_id AND c.index = r.class_index`;

export interface ReviewListFilter extends PageRequest {
  readonly view: "present" | "history";
  readonly verdict?: Verdict | undefined;
  readonly ordinal?: number | undefined;
}

/** The reviews that count by row, or all that were made, newest first. Throws `dataset-not-found`. */
export async function listReviews(
  store: Store,
  datasetId: string,
  filter: ReviewListFilter,
): Promise<Page<Review>> {
  const key = await datasetKeyOf(store, datasetId);
  const { view, verdict, ordinal } = filter;
  const values = [key, verdict ?? null, ordinal ?? null];
  const wanted = `r.dataset_key = $1 AND ($2::text IS NULL OR r.verdict = $2)
    AND ($3::int IS NULL OR r.ordinal = $3)`;
  if (view === "present") {
    return readPage(filter, {
      list: ["reviews", datasetId, verdict, ordinal],
      keys: ["int4"],
      read: async (after, limit) =>
        (
          await poolOf(store).query<ReviewRecord>(
            `SELECT ${RECORD} FROM reviews r ${OF_ACTION}
             WHERE ${wanted} AND r.ordinal > $4 ORDER BY r.ordinal LIMIT $5`,
            [...values, after?.[0] ?? -1, limit],
          )
        ).rows,
      keysOf: (row) => [row.ordinal],
      view: reviewView,
    });
  }
  return readPage(filter, {
    list: ["review-history", datasetId, verdict, ordinal],
    keys: ["int8", "int4"],
    read: async (after, limit) =>
      (
        await poolOf(store).query<ReviewRecord>(
          `SELECT ${RECORD} FROM review_history r ${OF_ACTION}
           WHERE ${wanted} AND a.dataset_id = $4
             AND ($5::bigint IS NULL OR (a.key, -r.ordinal) < ($5, -$6::int))
           ORDER BY a.key DESC, r.ordinal LIMIT $7`,
          [...values, datasetId, after?.[0] ?? null, after?.[1] ?? 0, limit],
        )
      ).rows,
    keysOf: (row) => [row.version, row.ordinal],
    view: reviewView,
  });
}

/** The reviews that count of these rows; rows without one are left out. */
export async function readReviewsOf(
  db: Database,
  datasetKey: number,
  ordinals: readonly number[],
): Promise<Review[]> {
  if (ordinals.length === 0) return [];
  const { rows } = await sql(db).query<ReviewRecord>(
    `SELECT ${RECORD} FROM reviews r ${OF_ACTION}
     WHERE r.dataset_key = $1 AND r.ordinal = ANY($2)`,
    [datasetKey, ordinals],
  );
  return rows.map(reviewView);
}

/** For each of a dataset's rows, (n), 1 where its review is keep, relabel or drop. */
export async function readDecided(store: Store, datasetId: string, n: number): Promise<Uint8Array> {
  const decided = new Uint8Array(n);
  const { rows } = await poolOf(store).query<{ ordinals: number[] | null }>(
    `SELECT array_agg(ordinal) AS ordinals FROM reviews
     WHERE dataset_key = (SELECT key FROM datasets WHERE id = $1) AND verdict <> 'unsure'`,
    [datasetId],
  );
  for (const ordinal of rows[0]?.ordinals ?? []) decided[ordinal] = 1;
  return decided;
}

const reviewView = (row: ReviewRecord): Review => ({
  ordinal: row.ordinal,
  verdict: row.verdict,
  label: row.label,
  version: row.version,
  actionId: row.action_id,
  by: row.actor_id,
  pruningId: row.pruning_id,
  order: row.met_order,
  inherited: row.inherited,
  undone: row.undone_at !== null,
  createdAt: row.created_at.toISOString(),
});
