import { AppError, type JobKind, problemOf } from "@winnow/contracts";
import { type Store, withTransaction } from "./client.js";
import { endTask, lockJob, requeue } from "./job-state.js";

/** Tasks queued again because their holder's heartbeat is older than `staleAfterMs`. */
export async function requeueStaleTasks(store: Store, staleAfterMs: number): Promise<string[]> {
  const { rows } = await store.pool.query<{ id: string; job_id: string }>(
    `SELECT id, job_id FROM tasks
     WHERE state = 'running' AND heartbeat_at < now() - $1 * interval '1 millisecond'`,
    [staleAfterMs],
  );
  const requeued: string[] = [];
  for (const row of rows) {
    await withTransaction(store, async (tx) => {
      const job = await lockJob(tx, row.job_id);
      const stale = await tx.query<{ attempt: number; kind: JobKind; fold: number | null }>(
        `SELECT attempt, kind, fold FROM tasks WHERE id = $1 AND state = 'running'
           AND heartbeat_at < now() - $2 * interval '1 millisecond' FOR UPDATE`,
        [row.id, staleAfterMs],
      );
      if (!job || !stale.rows[0]) return;
      if (job.state === "cancelling") {
        await endTask(
          tx,
          { taskId: row.id, jobId: row.job_id, attempt: stale.rows[0].attempt },
          "cancelled",
          null,
        );
      } else {
        const problem = problemOf(
          new AppError("task-crashed", "The worker that held the task stopped answering."),
        );
        await requeue(tx, row.id, { problem, delayMs: 0, uncounted: true });
        requeued.push(row.id);
      }
    });
  }
  return requeued;
}

/** Queued tasks whose last outbox entry went to Redis over `ageMs` ago: is it still there? */
export async function listQueuedTasks(
  store: Store,
  ageMs: number,
): Promise<{ taskId: string; kind: JobKind; delivery: number }[]> {
  const { rows } = await store.pool.query<{ id: string; kind: JobKind; delivery: number }>(
    `SELECT t.id, t.kind, t.delivery FROM tasks t
     JOIN outbox o ON o.task_id = t.id AND o.delivery = t.delivery
     WHERE t.state = 'queued' AND o.sent_at < now() - $1 * interval '1 millisecond'
     ORDER BY o.id LIMIT 10000`,
    [ageMs],
  );
  return rows.map((row) => ({ taskId: row.id, kind: row.kind, delivery: row.delivery }));
}

/** Puts a queued task on its queue again: its entry there was lost. */
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
