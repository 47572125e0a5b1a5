import { AppError } from "@winnow/contracts";
import { assertGoesAlone } from "../access/owners.js";
import { dropStaging } from "../cross-validations/epoch-staging.js";
import { forgetFoundRows } from "../cross-validations/findings.js";
import { type Store, type Transaction, withTransaction } from "../database/client.js";
import { emptyPartition } from "../database/partitions.js";
import { removeReviews } from "../reviews/review-actions.js";
import { assertNoOpenJob, type Deletable, withoutLongWaits } from "./unused.js";
import { goesWithDataset, idsOf } from "./what-goes.js";

/** What else belongs to a deletion's transaction, such as its audit. */
export type Also = (tx: Transaction) => Promise<void>;

export const DATASET: Deletable = { noun: "dataset", inUse: "dataset-in-use" };

/**
 * Deletes the dataset with all its runs; their empty partitions are swept later. `also` runs in the
 * same transaction; with `ownerId` nothing of others may go with it. Returns the ids of the cross-validations, which may have files in storage.
 * Throws `dataset-not-found`, `dataset-in-use`, `forbidden`.
 */
export function deleteDataset(
  store: Store,
  id: string,
  also?: Also,
  ownerId?: string,
): Promise<string[]> {
  return withTransaction(store, (tx) =>
    withoutLongWaits(DATASET, tx, async () => {
      // First without waiting: an ingest locks its dataset until it has ended.
      await assertNoOpenJob(tx, DATASET, [id]);
      const found = await tx.query<{ key: number }>(
        "SELECT key FROM datasets WHERE id = $1 FOR UPDATE",
        [id],
      );
      const dataset = found.rows[0];
      if (!dataset) throw new AppError("dataset-not-found", `No dataset has the id ${id}.`);
      const runs = await tx.query<{ id: string; key: number }>(
        "SELECT id, key FROM cross_validations WHERE dataset_id = $1",
        [id],
      );
      for (const run of runs.rows) await emptyRun(tx, run.key);
      await emptyPartition(tx, "samples", dataset.key);
      const goes = await goesWithDataset(tx, id);
      await assertGoesAlone(tx, ownerId, idsOf(goes));
      await forgetFoundRows(tx, goes.crossValidations);
      await removeReviews(tx, dataset.key);
      await tx.query("DELETE FROM datasets WHERE id = $1", [id]);
      // One that was requested meanwhile: a pruning locks only its run.
      await assertNoOpenJob(tx, DATASET, idsOf(goes));
      await also?.(tx);
      return runs.rows.map((run) => run.id);
    }),
  );
}

/** Frees a run's probabilities at once, and what its vote on an epoch has left. */
export async function emptyRun(tx: Transaction, key: number): Promise<void> {
  await emptyPartition(tx, "fold_probabilities", key);
  await dropStaging(tx, key);
}
