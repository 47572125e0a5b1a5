import { FoldTrainingParams, type NextTraining } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { notify } from "../database/notifications.js";
import type { Claim } from "../queue/claim.js";
import { traceJob } from "../queue/job-trace.js";
import { insertTraining } from "./create-fold-training.js";

/**
 * Queues the training that an ingest was asked for, in the transaction that makes its dataset ready; it
 * belongs to whom the ingest belongs, and to its trace. Throws what `createFoldTraining` throws, which fails the ingest.
 */
export async function queueTraining(
  tx: Transaction,
  claim: Claim,
  training: NextTraining,
): Promise<{ trainingJobId: string; crossValidationId: string }> {
  const { rows } = await tx.query<{ owner_id: string | null }>(
    "SELECT owner_id FROM jobs WHERE id = $1",
    [claim.jobId],
  );
  const params = FoldTrainingParams.parse({ ...training, datasetId: claim.datasetId });
  const trainingJobId = await insertTraining(tx, params, rows[0]?.owner_id ?? undefined);
  const made = await tx.query<{ cross_validation_id: string }>(
    `UPDATE jobs j SET cross_validation_id = t.cross_validation_id FROM jobs t
     WHERE j.id = $1 AND t.id = $2 RETURNING t.cross_validation_id`,
    [claim.jobId, trainingJobId],
  );
  if (claim.traceParent !== null) await traceJob(tx, trainingJobId, claim.traceParent);
  await notify(tx, "winnow_outbox");
  return { trainingJobId, crossValidationId: made.rows[0]!.cross_validation_id };
}
