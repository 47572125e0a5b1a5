import { poolOf, type Store } from "../database/client.js";

/** What `readDecisions` has for a row that was dropped, and for one without a decision. */
export const DROPPED = -1;
export const UNDECIDED = -2;

/** What reviews say about each of a dataset's rows now, (n): its class, `DROPPED` or `UNDECIDED`. */
export async function readCurrentDecisions(
  store: Store,
  datasetId: string,
  labels: Int32Array,
): Promise<Int32Array> {
  const { rows } = await poolOf(store).query<Decided>(
    `SELECT r.ordinal, r.verdict, r.class_index FROM reviews r
     JOIN datasets d ON d.key = r.dataset_key WHERE d.id = $1`,
    [datasetId],
  );
  return decisionsOf(rows, labels);
}

interface Decided {
  readonly ordinal: number;
  readonly verdict: string;
  readonly class_index: number | null;
}

function decisionsOf(rows: readonly Decided[], labels: Int32Array): Int32Array {
  const decisions = new Int32Array(labels.length).fill(UNDECIDED);
  for (const { ordinal, verdict, class_index } of rows) {
    if (verdict === "keep") decisions[ordinal] = labels[ordinal]!;
    else if (verdict === "relabel") decisions[ordinal] = class_index!;
    else if (verdict === "drop") decisions[ordinal] = DROPPED;
  }
  return decisions;
}

/**
 * What was decided about each row of the dataset, (n), when the cross-validation was made: its class,
 * given or another, `DROPPED` or `UNDECIDED`. All folds of a run see the same, whenever they begin.
 */
export async function readDecisions(
  store: Store,
  crossValidationId: string,
  labels: Int32Array,
): Promise<Int32Array> {
  const { rows } = await poolOf(store).query<Decided>(
    `SELECT DISTINCT ON (h.ordinal) h.ordinal, h.verdict, h.class_index
     FROM cross_validations c
     JOIN datasets d ON d.id = c.dataset_id
     JOIN review_history h ON h.dataset_key = d.key
     JOIN review_actions a ON a.key = h.action_key AND a.created_at <= c.created_at
       AND (a.undone_at IS NULL OR a.undone_at > c.created_at)
     WHERE c.id = $1 ORDER BY h.ordinal, h.action_key DESC`,
    [crossValidationId],
  );
  return decisionsOf(rows, labels);
}
