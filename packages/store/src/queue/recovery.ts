import { AppError, problemOf } from "@winnow/contracts";
import { poolOf, type Store, withTransaction } from "../database/client.js";
import { isLockTimeout } from "../database/partitions.js";
import { type DiedOfMemory, SET_LOCK_TIMEOUT } from "./claim-task.js";
import { endTask, lockJob, requeue } from "./job-changes.js";

/**
 * Queues tasks again whose holder's heartbeat is older than `staleAfterMs`; returns their ids. A
 * task whose rows are locked, by its own last write for instance, is checked again next time.
 */
export async function requeueStaleTasks(
  store: Store,
  staleAfterMs: number,
  diedOfMemory: DiedOfMemory = () => false,
): Promise<string[]> {
  const { rows } = await poolOf(store).query<{ id: string; job_id: string }>(
    `SELECT id, job_id FROM tasks
     WHERE state = 'running' AND heartbeat_at < now() - $1 * interval '1 millisecond'`,
    [staleAfterMs],
  );
  const requeued: string[] = [];
  for (const row of rows) {
    const isRequeued = await requeueIfStale(store, row, staleAfterMs, diedOfMemory).catch(
      (error) => {
        if (isLockTimeout(error)) return false;
        throw error;
      },
    );
    if (isRequeued) requeued.push(row.id);
  }
  return requeued;
}

async function requeueIfStale(
  store: Store,
  { id: taskId, job_id: jobId }: { id: string; job_id: string },
  staleAfterMs: number,
  diedOfMemory: DiedOfMemory,
): Promise<boolean> {
  return withTransaction(store, async (tx) => {
    await tx.query(SET_LOCK_TIMEOUT);
    const job = await lockJob(tx, jobId);
    const { rows } = await tx.query<{ attempt: number; worker_id: string }>(
      `SELECT attempt, worker_id FROM tasks WHERE id = $1 AND state = 'running'
         AND heartbeat_at < now() - $2 * interval '1 millisecond' FOR UPDATE`,
      [taskId, staleAfterMs],
    );
    const stale = rows[0];
    if (!job || !stale) return false;
    if (job.state === "cancelling") {
      await endTask(tx, { taskId, jobId, attempt: stale.attempt }, "cancelled", null);
      return false;
    }
    const problem = problemOf(
      diedOfMemory(stale.worker_id)
        ? new AppError(
            "out-of-memory",
            "The worker that held the task filled its memory, and ended.",
          )
        : new AppError("task-crashed", "The worker that held the task stopped answering."),
    );
    await requeue(tx, taskId, { problem, delayMs: 0, uncounted: true });
    return true;
  });
}

/**
 * Queued tasks whose last outbox entry was sent to Redis over `ageMs` ago, to check whether it is
 * still there.
 */
export async function listQueuedTasks(
  store: Store,
  ageMs: number,
): Promise<{ taskId: string; queue: string; delivery: number }[]> {
  const { rows } = await poolOf(store).query<{ id: string; queue: string; delivery: number }>(
    `SELECT t.id, o.queue, t.delivery FROM tasks t
     JOIN outbox o ON o.task_id = t.id AND o.delivery = t.delivery
     WHERE t.state = 'queued' AND o.sent_at < now() - $1 * interval '1 millisecond'
     ORDER BY o.id LIMIT 10000`,
    [ageMs],
  );
  return rows.map((row) => ({ taskId: row.id, queue: row.queue, delivery: row.delivery }));
}

/** Queues a task again whose queue entry was lost. */
export async function redeliverTask(store: Store, taskId: string, delivery: number): Promise<void> {
  await withTransaction(store, async (tx) => {
    const { rows } = await tx.query<{ job_id: string }>("SELECT job_id FROM tasks WHERE id = $1", [
      taskId,
    ]);
    if (!rows[0] || !(await lockJob(tx, rows[0].job_id))) return;
    const still = await tx.query(
      "SELECT 1 FROM tasks WHERE id = $1 AND delivery = $2 AND state = 'queued' FOR UPDATE",
      [taskId, delivery],
    );
    if (still.rowCount) await requeue(tx, taskId, { problem: null, delayMs: 0, uncounted: true });
  });
}
