import { AppError, ExperimentParams, experimentRuns } from "@winnow/contracts";
import type { Store, Transaction } from "../database/client.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { lockJob } from "../queue/job-changes.js";
import { succeedTask } from "../queue/task-ends.js";
import { createRetry } from "../requests/retry-job.js";
import { type Cell, changeCell, insertCells, readCells } from "./cells.js";
import { adopt, readChildren } from "./children.js";

/**
 * Writes the cells of an experiment, or, for a retry, retries what failed or was cancelled in the
 * cells that it has taken over. From then on the job has no task: `advanceExperiments` goes on.
 * Throws `StaleClaimError`.
 */
export async function planExperiment(store: Store, claim: Claim): Promise<void> {
  const params = ExperimentParams.parse(claim.params);
  await writeClaimed(store, claim, async (tx) => {
    // Before any child, as a cancellation locks them.
    await lockJob(tx, claim.jobId);
    const cells = await readCells(tx, claim.jobId);
    if (cells.length === 0) await insertCells(tx, claim.jobId, experimentRuns(params));
    const ownerId = await ownerOf(tx, claim.jobId);
    for (const cell of cells) {
      if (!cell.figures) await retryCell(tx, claim.jobId, cell, ownerId);
    }
    await succeedTask(tx, claim, { next: async () => true, result: async () => ({}) });
  });
}

async function retryCell(
  tx: Transaction,
  jobId: string,
  cell: Cell,
  ownerId: string | undefined,
): Promise<void> {
  if (!cell.datasetJobId) return;
  const ids = [cell.datasetJobId, cell.trainingJobId, ...cell.pruningJobIds];
  const retried: (string | null)[] = [];
  await tx.query("SAVEPOINT retry_cell");
  try {
    for (const id of ids) retried.push(id && (await retriedJob(tx, jobId, id, ownerId)));
    const [datasetJobId = null, trainingJobId = null, ...pruningJobIds] = retried;
    await changeCell(tx, jobId, cell.index, {
      datasetJobId,
      trainingJobId,
      pruningJobIds: pruningJobIds.filter((id) => id !== null),
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // What it had made was deleted: it begins again.
    await tx.query("ROLLBACK TO SAVEPOINT retry_cell");
    await changeCell(tx, jobId, cell.index, {
      datasetJobId: null,
      trainingJobId: null,
      pruningJobIds: [],
      datasetId: null,
    });
  }
  await tx.query("RELEASE SAVEPOINT retry_cell");
}

/** The job that goes on with a child's work: itself, where it has not ended badly. */
async function retriedJob(
  tx: Transaction,
  parentId: string,
  id: string,
  ownerId: string | undefined,
): Promise<string> {
  // Somebody may have retried it by itself.
  const { rows } = await tx.query<{ id: string }>("SELECT id FROM jobs WHERE retry_of = $1", [id]);
  if (rows[0]) return retriedJob(tx, parentId, await adopt(tx, parentId, rows[0].id), ownerId);
  const child = (await readChildren(tx, [id])).get(id);
  if (!child) throw new AppError("job-not-found", `No job has the id ${id}.`);
  if (child.state === "failed" || child.state === "cancelled") {
    return adopt(tx, parentId, await createRetry(tx, id, ownerId));
  }
  const made = await tx.query(
    `SELECT 1 FROM jobs j WHERE j.id = $1
       AND (j.dataset_id IS NULL OR EXISTS (SELECT 1 FROM datasets WHERE id = j.dataset_id))
       AND (j.cross_validation_id IS NULL
         OR EXISTS (SELECT 1 FROM cross_validations WHERE id = j.cross_validation_id))
       AND (j.pruning_id IS NULL OR EXISTS (SELECT 1 FROM prunings WHERE id = j.pruning_id))`,
    [id],
  );
  if (made.rowCount === 0) throw new AppError("job-not-retryable", `What ${id} made was deleted.`);
  return id;
}

/** The API key of the experiment, whose children are its own too. */
export async function ownerOf(tx: Transaction, jobId: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ owner_id: string | null }>(
    "SELECT owner_id FROM jobs WHERE id = $1",
    [jobId],
  );
  return rows[0]?.owner_id ?? undefined;
}
