import { CROSS_VALIDATION_TRANSITIONS, statesBefore } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";

/** Of a run, or of a member, which has no folds. `accuracy` is over all samples. False where the run is not in training. */
export async function makeRunReady(
  tx: Transaction,
  id: string,
  accuracy: number | null,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE cross_validations SET state = 'ready', finished_at = clock_timestamp(), accuracy = $3,
       backend = (SELECT backend FROM folds WHERE cross_validation_id = $1 ORDER BY fold LIMIT 1)
     WHERE id = $1 AND state = ANY($2)`,
    [id, statesBefore(CROSS_VALIDATION_TRANSITIONS, "ready"), accuracy],
  );
  return rowCount === 1;
}

/** Fails a run in training with what of it is, and no other. */
export async function failRun(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    `UPDATE cross_validations SET state = 'failed'
     WHERE (id = $1 OR parent_id = $1) AND state = ANY($2)`,
    [id, statesBefore(CROSS_VALIDATION_TRANSITIONS, "failed")],
  );
}

/** Gives a failed run to the job that retries it; false where it has not failed, or was deleted. */
export async function reopenRun(tx: Transaction, id: string, jobId: string): Promise<boolean> {
  const { rows } = await tx.query<{ id: string }>(
    `UPDATE cross_validations SET state = 'training', job_id = $3
     WHERE (id = $1 OR parent_id = $1) AND state = ANY($2) RETURNING id`,
    [id, statesBefore(CROSS_VALIDATION_TRANSITIONS, "training"), jobId],
  );
  return rows.some((run) => run.id === id);
}
