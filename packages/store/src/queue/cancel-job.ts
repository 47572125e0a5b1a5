import type { JobState } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { notify } from "../database/notifications.js";
import { cancelTasks } from "../states/task-state.js";
import { finishCancelled, lockJob, setJobState } from "./job-changes.js";

/**
 * Cancels an open job, whose lock the caller holds, and those that it queued. Queued tasks end here,
 * running ones when their workers notice. Returns whether the job has ended.
 */
export async function cancelHeldJob(
  tx: Transaction,
  jobId: string,
  state: JobState,
): Promise<boolean> {
  await tx.query("UPDATE jobs SET cancel_requested_at = now() WHERE id = $1", [jobId]);
  await cancelTasks(tx, jobId, "queued");
  await cancelChildren(tx, jobId);
  if (state === "running") await setJobState(tx, jobId, "cancelling");
  const isCancelled = await finishCancelled(tx, jobId);
  await notify(tx, "winnow_cancel", jobId);
  return isCancelled;
}

/**
 * Cancels the open jobs that a job queued. Parents are locked before their children everywhere, so
 * two cancellations cannot deadlock.
 */
export async function cancelChildren(tx: Transaction, jobId: string): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    "SELECT id FROM jobs WHERE parent_id = $1 AND state IN ('queued', 'running') ORDER BY id",
    [jobId],
  );
  for (const { id } of rows) {
    const child = await lockJob(tx, id);
    if (child?.state !== "queued" && child?.state !== "running") continue;
    await cancelHeldJob(tx, id, child.state);
  }
}
