import { AppError, type ReviewUndo } from "@winnow/contracts";
import { lock } from "../database/advisory-locks.js";
import type { Transaction } from "../database/client.js";
import { readReviewsOf } from "./list-reviews.js";
import { ACTION_COLUMNS, type ActionRow, actionView } from "./review-actions.js";
import { reviewsRevision } from "./reviewed-dataset.js";

/** Rows of an undone action whose reviews the answer has. */
const SHOWN = 100;

/**
 * Undoes an action of this actor, by default the last one: for each of its rows that nobody reviewed
 * since, the last review that was not undone counts again. Throws `dataset-not-found`,
 * `nothing-to-undo`.
 */
export async function undoReviews(
  tx: Transaction,
  datasetId: string,
  {
    actorId,
    actionId,
  }: { readonly actorId: string | null; readonly actionId?: string | undefined },
): Promise<Omit<ReviewUndo, "etag"> & { revision: number }> {
  const found = await tx.query<{ key: number }>(
    "SELECT key FROM datasets WHERE id = $1 FOR KEY SHARE",
    [datasetId],
  );
  const dataset = found.rows[0];
  if (!dataset) throw new AppError("dataset-not-found", `No dataset has the id ${datasetId}.`);
  // Of two at the same moment, each could otherwise bring back what the other undoes.
  await lock(tx, "reviewUndo", datasetId);
  const action = await markUndone(tx, datasetId, actorId, actionId);
  const { rows } = await tx.query<{ ordinal: number }>(RESTORE, [dataset.key, action.key, SHOWN]);
  const ordinals = rows.map(({ ordinal }) => ordinal);
  const reviews = new Map(
    (await readReviewsOf(tx, dataset.key, ordinals)).map((review) => [review.ordinal, review]),
  );
  return {
    action: actionView(action),
    restored: ordinals.map((ordinal) => ({ ordinal, review: reviews.get(ordinal) ?? null })),
    revision: await reviewsRevision(tx, datasetId),
  };
}

async function markUndone(
  tx: Transaction,
  datasetId: string,
  actorId: string | null,
  actionId: string | undefined,
): Promise<ActionRow> {
  const { rows } = await tx.query<ActionRow>(
    `UPDATE review_actions SET undone_at = now(),
       undone_key = nextval(pg_get_serial_sequence('review_actions', 'key'))
     WHERE key = (SELECT key FROM review_actions
       WHERE dataset_id = $1 AND actor_id IS NOT DISTINCT FROM $2 AND undone_at IS NULL
         AND NOT inherited AND ($3::text IS NULL OR id = $3)
       ORDER BY key DESC LIMIT 1)
     RETURNING ${ACTION_COLUMNS}`,
    [datasetId, actorId, actionId ?? null],
  );
  const action = rows[0];
  if (action) return action;
  throw new AppError(
    "nothing-to-undo",
    actionId === undefined
      ? "You have no review of this dataset that could be undone."
      : `${actionId} is no review action of yours, or it is undone already.`,
  );
}

/** Every row of the action is listed, also those whose review somebody has replaced since. */
const RESTORE = `
  WITH ours AS (SELECT ordinal FROM review_history WHERE action_key = $2),
  counting AS (
    SELECT o.ordinal FROM ours o
    JOIN reviews r ON r.dataset_key = $1 AND r.ordinal = o.ordinal AND r.action_key = $2
  ),
  prior AS (
    SELECT DISTINCT ON (h.ordinal) h.ordinal, h.action_key, h.verdict, h.class_index
    FROM counting c
    JOIN review_history h ON h.dataset_key = $1 AND h.ordinal = c.ordinal AND h.action_key <> $2
    JOIN review_actions a ON a.key = h.action_key AND a.undone_at IS NULL
    ORDER BY h.ordinal, h.action_key DESC
  ),
  restored AS (
    UPDATE reviews r SET action_key = p.action_key, verdict = p.verdict,
      class_index = p.class_index, replaces = 0
    FROM prior p
    WHERE r.dataset_key = $1 AND r.ordinal = p.ordinal AND r.action_key = $2
  ),
  removed AS (
    DELETE FROM reviews r USING counting c
    WHERE r.dataset_key = $1 AND r.ordinal = c.ordinal AND r.action_key = $2
      AND NOT EXISTS (SELECT 1 FROM prior p WHERE p.ordinal = c.ordinal)
  )
  SELECT ordinal FROM ours ORDER BY ordinal LIMIT $3`;
