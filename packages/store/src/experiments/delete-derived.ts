import { AppError } from "@winnow/contracts";
import { poolOf, type Store } from "../database/client.js";
import { deleteDataset } from "../deletion/delete-dataset.js";
import { changeCell } from "./cells.js";

/** Datasets that one round deletes. */
const AT_ONCE = 20;

/**
 * Deletes the noisy datasets of cells that have their figures, with all that was made of them, unless
 * the experiment keeps them. One that somebody uses at the moment is deleted in a later round.
 */
export async function deleteDerived(store: Store): Promise<void> {
  const { rows } = await poolOf(store).query<{ jobId: string; index: number; datasetId: string }>(
    `SELECT c.job_id AS "jobId", c.index, c.dataset_id AS "datasetId"
     FROM experiment_cells c JOIN jobs j ON j.id = c.job_id
     WHERE c.figures IS NOT NULL AND c.dataset_id IS NOT NULL AND j.params->>'keep' = 'nothing'
     ORDER BY c.job_id, c.index LIMIT $1`,
    [AT_ONCE],
  );
  for (const { jobId, index, datasetId } of rows) {
    try {
      await deleteDataset(store, datasetId);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code !== "dataset-not-found") continue;
    }
    await changeCell(store, jobId, index, { datasetId: null });
  }
}
