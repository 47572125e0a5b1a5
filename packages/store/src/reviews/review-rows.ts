import { AppError, type MetOrder, type Verdict } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { type ActionRow, actionValues, INSERT_ACTION } from "./review-actions.js";
import { classIndexes, type ReviewedDataset } from "./reviewed-dataset.js";

/** A review as somebody sends it. */
export interface NewReview {
  readonly ordinal: number;
  readonly verdict: Verdict;
  readonly label?: string;
  /** The version that it replaces; 0: none. */
  readonly version: number;
}

export interface ReviewedBy {
  readonly actorId: string | null;
  readonly pruningId: string | null;
  readonly order: MetOrder | null;
}

/**
 * SQL: writes reviews, of which `FROM` has ordinal, verdict, class_index and replaces, into the present
 * and the history. A review is written only where it replaces the one that its sender saw; of two at the
 * same moment the second waits for the first, and is not written.
 */
export const writtenFrom = (from: string, action = "$2::bigint"): string => `
  written AS (
    INSERT INTO reviews (dataset_key, ordinal, action_key, verdict, class_index, replaces)
    SELECT $1::int, n.ordinal, ${action}, n.verdict, n.class_index, n.replaces
    FROM ${from} n
    WHERE n.replaces = 0 OR EXISTS (SELECT 1 FROM reviews seen
      WHERE seen.dataset_key = $1 AND seen.ordinal = n.ordinal AND seen.action_key = n.replaces)
    -- Everybody in the same order: no deadlocks.
    ORDER BY n.ordinal
    ON CONFLICT (dataset_key, ordinal) DO UPDATE
      SET action_key = excluded.action_key, verdict = excluded.verdict,
        class_index = excluded.class_index, replaces = excluded.replaces
      WHERE reviews.action_key = excluded.replaces AND reviews.action_key < excluded.action_key
    RETURNING ordinal, verdict, class_index
  ),
  kept AS (
    INSERT INTO review_history (dataset_key, ordinal, action_key, verdict, class_index)
    SELECT $1::int, ordinal, ${action}, verdict, class_index FROM written
  )`;

/**
 * Reviews named rows as one action. Throws `invalid-parameters` for a row or class that the dataset
 * lacks, and `review-conflict` if somebody else reviewed one of them meanwhile.
 */
export async function reviewRows(
  tx: Transaction,
  dataset: ReviewedDataset,
  reviews: readonly NewReview[],
  by: ReviewedBy,
): Promise<{ action: ActionRow; replaced: number }> {
  const indexes = await classIndexes(
    tx,
    dataset.id,
    reviews.flatMap(({ label }) => label ?? []),
  );
  refuseWrongRows(reviews, dataset, indexes);
  const classOf = ({ label }: NewReview) => (label === undefined ? null : indexes.get(label)!);
  const { rows } = await tx.query<ActionRow & { written: number[] | null }>({
    // Whoever decides waits for it: one round trip, planned once a connection.
    name: "review-rows",
    text: `WITH action AS (${INSERT_ACTION}),
      sent AS (SELECT * FROM unnest($9::int[], $10::text[], $11::int[], $12::bigint[])
        AS sent(ordinal, verdict, class_index, replaces)),
      ${writtenFrom("sent", "(SELECT key::bigint FROM action)")}
      SELECT action.*, (SELECT array_agg(ordinal) FROM written) AS written FROM action`,
    values: [
      dataset.key,
      ...actionValues({ datasetId: dataset.id, ...by, rows: reviews.length }),
      reviews.map(({ ordinal }) => ordinal),
      reviews.map(({ verdict }) => verdict),
      reviews.map(classOf),
      reviews.map(({ version }) => version),
    ],
  });
  const { written, ...action } = rows[0]!;
  if ((written?.length ?? 0) < reviews.length) {
    throw await conflict(tx, dataset, reviews, new Set(written));
  }
  return { action, replaced: reviews.filter(({ version }) => version > 0).length };
}

function refuseWrongRows(
  reviews: readonly NewReview[],
  { rows }: ReviewedDataset,
  indexes: ReadonlyMap<string, number>,
): void {
  const first = new Map<number, number>();
  const errors = reviews.flatMap(({ ordinal, label }, i) => {
    const pointer = `/reviews/${i}`;
    const before = first.get(ordinal);
    first.set(ordinal, before ?? i);
    if (ordinal >= rows) {
      return { pointer: `${pointer}/ordinal`, detail: `the dataset has ${rows} rows, from 0` };
    }
    if (before !== undefined) {
      return { pointer: `${pointer}/ordinal`, detail: `is also the row of /reviews/${before}` };
    }
    if (label === undefined || indexes.has(label)) return [];
    return { pointer: `${pointer}/label`, detail: NO_CLASS };
  });
  const [wrong] = errors;
  if (!wrong) return;
  throw new AppError("invalid-parameters", `${wrong.pointer} ${wrong.detail}.`, { errors });
}

const NO_CLASS = "is no class of the dataset; GET /v1/datasets/{id}/classes lists them";

/** The refusal that says which reviews stand in the way. */
async function conflict(
  tx: Transaction,
  { key }: ReviewedDataset,
  reviews: readonly NewReview[],
  written: ReadonlySet<number>,
): Promise<AppError> {
  const lost = reviews
    .map((review, i) => ({ ...review, i }))
    .filter((r) => !written.has(r.ordinal));
  const { rows } = await tx.query<{
    ordinal: number;
    verdict: Verdict;
    version: number;
    by: string | null;
  }>(
    `SELECT r.ordinal, r.verdict, r.action_key::float8 AS version, a.actor_id AS by
     FROM reviews r JOIN review_actions a ON a.key = r.action_key
     WHERE r.dataset_key = $1 AND r.ordinal = ANY($2)`,
    [key, lost.map(({ ordinal }) => ordinal)],
  );
  const present = new Map(rows.map((row) => [row.ordinal, row]));
  const errors = lost.slice(0, 100).map(({ ordinal, i, version }) => {
    const now = present.get(ordinal);
    const is = now
      ? `has the review ${now.verdict}${now.by === null ? "" : ` by ${now.by}`}, version ${now.version}`
      : "has no review any more, version 0";
    return {
      pointer: `/reviews/${i}/version`,
      detail: `Row ${ordinal} ${is}; sent was ${version}`,
    };
  });
  return new AppError(
    "review-conflict",
    `${errors[0]!.detail}. Nothing of the request was written.`,
    { errors },
  );
}
