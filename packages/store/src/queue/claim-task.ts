import { AppError, problemOf } from "@winnow/contracts";
import { poolOf, type Store, type Transaction, withTransaction } from "../database/client.js";
import { isLockTimeout } from "../database/partitions.js";
import { startTask } from "../states/task-state.js";
import type { Claim } from "./claim.js";
import { appendEvent } from "./events.js";
import { endTask, lockJob, setJobState, touchJob } from "./job-changes.js";

/**
 * A task with this many attempts that ended badly is failed: it may kill every process that takes
 * it. Attempts that a stopped worker hands back do not count, since nodes may come and go all day.
 */
export const MAX_STARTED_ATTEMPTS = 12;

/** The same work takes the same memory: after a second such end there is no third start. */
export const MAX_MEMORY_ATTEMPTS = 2;

/** Whether a worker that stopped answering had nearly filled its memory before. */
export type DiedOfMemory = (workerId: string) => boolean;

/**
 * Claims a task that is queued, or that runs under a holder whose heartbeat is older than
 * `staleAfterMs`. Returns null if another worker holds it, or it has ended or is cancelled: then
 * there is nothing to do and the queue entry can be removed.
 */
export async function claimTask(
  store: Store,
  wanted: {
    jobId: string;
    taskId: string;
    workerId: string;
    staleAfterMs: number;
    diedOfMemory?: DiedOfMemory;
  },
): Promise<Claim | null> {
  return withTransaction(store, async (tx) => {
    const job = await lockJob(tx, wanted.jobId);
    if (!job || (job.state !== "queued" && job.state !== "running")) return null;
    const holder = await holderOf(tx, wanted.taskId);
    const holderEnd = holder && wanted.diedOfMemory?.(holder) ? "out-of-memory" : "task-crashed";
    const task = await startTask(tx, { ...wanted, holderEnd });
    if (!task) return null;
    const claim: Claim = {
      taskId: wanted.taskId,
      jobId: wanted.jobId,
      kind: job.kind,
      taskKind: task.kind,
      fold: task.fold,
      shard: task.shard,
      attempt: task.attempt,
      params: job.params,
      datasetId: job.dataset_id,
      crossValidationId: job.cross_validation_id,
      pruningId: job.pruning_id,
      traceParent: job.trace_parent,
    };
    if (job.state === "queued") await setJobState(tx, wanted.jobId, "running");
    else await touchJob(tx, wanted.jobId);
    if (task.ended_of_memory >= MAX_MEMORY_ATTEMPTS) {
      const detail = `The task was started ${MAX_MEMORY_ATTEMPTS} times, and filled the memory of its worker each time.`;
      await endTask(tx, claim, "failed", problemOf(new AppError("out-of-memory", detail)));
      return null;
    }
    if (task.ended_badly >= MAX_STARTED_ATTEMPTS) {
      const detail = `The task was started ${MAX_STARTED_ATTEMPTS} times and never finished.`;
      await endTask(tx, claim, "failed", problemOf(new AppError("task-crashed", detail)));
      return null;
    }
    return claim;
  });
}

/** Whether the database has the task at all; one that it does not have may be another database's. */
export async function isKnownTask(store: Store, taskId: string): Promise<boolean> {
  const { rowCount } = await poolOf(store).query("SELECT 1 FROM tasks WHERE id = $1", [taskId]);
  return rowCount === 1;
}

/** Who runs the task. */
async function holderOf(tx: Transaction, taskId: string): Promise<string | null> {
  const { rows } = await tx.query<{ worker_id: string | null }>(
    "SELECT worker_id FROM tasks WHERE id = $1 AND state = 'running'",
    [taskId],
  );
  return rows[0]?.worker_id ?? null;
}

export interface Heartbeat {
  readonly step?: number;
  readonly steps?: number;
  readonly phase?: string;
  readonly metrics?: Record<string, unknown>;
}

/** A fold's last write, which waits for a backup, may lock rows for long. */
export const SET_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '2s'";

/**
 * Records that the holder is alive and its progress. `held: false` means stop at once; with
 * `cancelled`, because the job was cancelled. `published: false`: the job does not show this
 * progress yet, so send it again. Throws an error of `isLockTimeout` while the task's own row is
 * locked, most likely by its end.
 */
export async function beatTask(
  store: Store,
  claim: Claim,
  beat: Heartbeat,
): Promise<{ held: boolean; cancelled: boolean; published: boolean }> {
  const row = await withTransaction(store, async (tx) => {
    await tx.query(SET_LOCK_TIMEOUT);
    const { rows } = await tx.query<{ cancelled: boolean }>(
      `UPDATE tasks t SET heartbeat_at = now(), step = coalesce($3, step),
       steps = coalesce($4, steps), metrics = coalesce($5, metrics)
     FROM jobs j
     WHERE t.id = $1 AND t.attempt = $2 AND t.state = 'running' AND j.id = t.job_id
     RETURNING j.cancel_requested_at IS NOT NULL AS cancelled`,
      [
        claim.taskId,
        claim.attempt,
        beat.step ?? null,
        beat.steps ?? null,
        beat.metrics ? JSON.stringify(beat.metrics) : null,
      ],
    );
    return rows[0];
  });
  if (!row) return { held: false, cancelled: false, published: true };
  let published = true;
  if (beat.step !== undefined || beat.phase !== undefined || beat.metrics !== undefined) {
    await publishProgress(store, claim, beat).catch((error) => {
      if (!isLockTimeout(error)) throw error;
      published = false;
    });
  }
  return { held: !row.cancelled, cancelled: row.cancelled, published };
}

/** Sums the tasks into the job's progress; at most one event per second and job. */
async function publishProgress(store: Store, claim: Claim, beat: Heartbeat): Promise<void> {
  await withTransaction(store, async (tx) => {
    await tx.query(SET_LOCK_TIMEOUT);
    const { rows } = await tx.query<{ done: number; total: number | null; due: boolean }>(
      `UPDATE jobs j SET progress_done = s.done, progress_total = s.total,
         phase = coalesce($2, phase), version = version + 1
       FROM (SELECT sum(CASE WHEN state = 'succeeded' THEN coalesce(steps, step) ELSE step END)::float8 AS done,
               CASE WHEN bool_and(steps IS NOT NULL) THEN sum(steps)::float8
                    ELSE (avg(steps) * count(*))::float8 END AS total
             FROM tasks WHERE job_id = $1) s
       WHERE j.id = $1 AND j.state IN ('running', 'cancelling')
       RETURNING s.done, s.total, NOT EXISTS (SELECT 1 FROM job_events e WHERE e.job_id = $1
         AND e.type = 'progress' AND e.created_at > now() - interval '1 second') AS due`,
      [claim.jobId, beat.phase ?? null],
    );
    const row = rows[0];
    if (!row?.due) return;
    await appendEvent(tx, claim.jobId, "progress", {
      fold: claim.fold,
      step: beat.step ?? null,
      steps: beat.steps ?? null,
      done: row.done,
      total: row.total,
    });
  });
}

/**
 * Appends a `metric` or `log` event of the holder; nothing if another worker holds the task by now.
 */
export async function recordEvent(
  store: Store,
  claim: Claim,
  type: "metric" | "log",
  data: Record<string, unknown>,
): Promise<void> {
  await withTransaction(store, async (tx) => {
    await lockJob(tx, claim.jobId);
    const { rowCount } = await tx.query("SELECT 1 FROM tasks WHERE id = $1 AND attempt = $2", [
      claim.taskId,
      claim.attempt,
    ]);
    if (rowCount) await appendEvent(tx, claim.jobId, type, { fold: claim.fold, ...data });
  });
}
