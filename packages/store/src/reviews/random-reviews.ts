import { poolOf, type Store } from "../database/client.js";
import { partitionOf } from "../database/partitions.js";
import { reviewedDataset } from "./reviewed-dataset.js";

/** A row that was met at random, and what was decided about it. */
export interface RandomReview {
  readonly ordinal: number;
  /** The given label is not the right one. */
  readonly wrong: boolean;
}

/**
 * The decided rows of a dataset that were met at random, in the queue or in a random sample: how often
 * their labels are wrong says something about rows that nobody has met. A sample has more flagged rows
 * than their share, so it is fair among rows of the same score, not among all. Rows marked as unsure are
 * left out. Throws `dataset-not-found`, `dataset-not-ready`.
 */
export async function readRandomReviews(store: Store, datasetId: string): Promise<RandomReview[]> {
  const { key } = await reviewedDataset(store, datasetId);
  const { rows } = await poolOf(store).query<RandomReview>(
    `SELECT r.ordinal, r.verdict = 'drop' OR r.verdict = 'relabel' AND r.class_index <> s.class_index
       AS wrong
     FROM reviews r JOIN review_actions a ON a.key = r.action_key
     JOIN ${partitionOf("samples", key)} s ON s.dataset_key = r.dataset_key AND s.ordinal = r.ordinal
     WHERE r.dataset_key = $1 AND r.verdict <> 'unsure' AND a.met_order IN ('random', 'sample')
     ORDER BY r.ordinal`,
    [key],
  );
  return rows;
}
