import { poolOf, type Store } from "../database/client.js";

/** A row that was met at random, and what was decided about it. */
export interface RandomReview {
  readonly ordinal: number;
  /** The given label is not the right one. */
  readonly wrong: boolean;
}

/**
 * The decided rows of a dataset that were met in random order: how often their labels are wrong says
 * something about rows that nobody has met. Rows marked as unsure are left out.
 */
export async function readRandomReviews(store: Store, datasetId: string): Promise<RandomReview[]> {
  const { rows } = await poolOf(store).query<RandomReview>(
    `SELECT r.ordinal, r.verdict <> 'keep' AS wrong
     FROM reviews r JOIN review_actions a ON a.key = r.action_key
     WHERE r.dataset_key = (SELECT key FROM datasets WHERE id = $1)
       AND r.verdict <> 'unsure' AND a.met_order = 'random' ORDER BY r.ordinal`,
    [datasetId],
  );
  return rows;
}
