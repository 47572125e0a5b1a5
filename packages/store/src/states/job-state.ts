import { JOB_TRANSITIONS, type JobState, statesBefore } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";

/**
 * Changes a job's state; false if its state may not become `to`. The caller holds the job's lock.
 * Times are clock_timestamp(): now() is when the transaction began, perhaps a long COPY ago.
 */
export async function changeJobState(
  tx: Transaction,
  jobId: string,
  to: JobState,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE jobs SET state = $3::text, version = version + 1,
       started_at = CASE WHEN $3::text = 'running' THEN clock_timestamp() ELSE started_at END,
       finished_at = CASE WHEN $3::text IN ('succeeded', 'failed', 'cancelled') THEN clock_timestamp() END,
       phase = CASE WHEN $3::text IN ('succeeded', 'failed', 'cancelled') THEN NULL ELSE phase END
     WHERE id = $1 AND state = ANY($2::text[])`,
    [jobId, statesBefore(JOB_TRANSITIONS, to), to],
  );
  return rowCount === 1;
}
