import { AppError } from "@winnow/contracts";
import { dropStaging } from "../cross-validations/epoch-staging.js";
import { type Store, type Transaction, withTransaction } from "../database/client.js";
import { emptyPartition, isLockTimeout } from "../database/partitions.js";

const LOCK_TIMEOUT = "5s";

type Also = (tx: Transaction) => Promise<void>;

/**
 * Deletes the dataset with all its runs; their empty partitions are swept later. `also` runs in the
 * same transaction. Returns the ids of the cross-validations, which may have files in storage.
 * Throws `dataset-not-found`, `dataset-in-use`.
 */
export async function deleteDataset(store: Store, id: string, also?: Also): Promise<string[]> {
  try {
    return await deleteNow(store, id, also);
  } catch (error) {
    if (!isLockTimeout(error) && !isDeadlock(error)) throw error;
    const detail = "A download or backup is reading the dataset; try again later.";
    throw new AppError("dataset-in-use", detail, { cause: error });
  }
}

async function deleteNow(store: Store, id: string, also?: Also): Promise<string[]> {
  return withTransaction(store, async (tx) => {
    await tx.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    // First without waiting: an ingest locks its dataset until it has ended.
    await assertNoOpenJob(tx, id);
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
    for (const run of runs.rows) {
      await emptyPartition(tx, "fold_probabilities", run.key);
      await dropStaging(tx, run.key);
    }
    await emptyPartition(tx, "samples", dataset.key);
    await tx.query("DELETE FROM datasets WHERE id = $1", [id]);
    // One that was requested meanwhile: a pruning locks only its run.
    await assertNoOpenJob(tx, id);
    await also?.(tx);
    return runs.rows.map((run) => run.id);
  });
}

const isDeadlock = (error: unknown): boolean => (error as { code?: string }).code === "40P01";

/** Open jobs that make, use or derive from the dataset. */
async function assertNoOpenJob(tx: Transaction, datasetId: string): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `SELECT id FROM jobs WHERE state IN ('queued', 'running', 'cancelling')
       AND (dataset_id = $1 OR $1 = ANY(inputs))`,
    [datasetId],
  );
  if (!rows[0]) return;
  throw new AppError(
    "dataset-in-use",
    `The job ${rows[0].id} works on the dataset; cancel it or wait for its end.`,
  );
}
