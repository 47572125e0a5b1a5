import {
  type ErrorCode,
  type Problem,
  statesBefore,
  TASK_TRANSITIONS,
  type TaskKind,
  type TaskState,
} from "@winnow/contracts";
import type { Transaction } from "../database/client.js";

// The caller holds the lock of the task's job. Ends use clock_timestamp(): now() is when the
// transaction began, perhaps a long COPY ago.

/** The attempt that a worker holds: a task whose attempt has changed is another worker's. */
interface Held {
  readonly taskId: string;
  readonly attempt: number;
}

/** The states of a held task that may become `to`: a claim holds a task only while it runs. */
const heldBefore = (to: TaskState): TaskState[] =>
  statesBefore(TASK_TRANSITIONS, to).filter((state) => state === "running");

/** An attempt that ended without a result. */
export interface PastAttempt {
  readonly attempt: number;
  readonly code: string;
  readonly detail: string;
}

export interface StartedTask {
  readonly attempt: number;
  readonly kind: TaskKind;
  readonly fold: number | null;
  readonly shard: number | null;
  /** Attempts that ended without a result. */
  readonly ended_badly: number;
  /** Of these, the ones whose process ran out of memory. */
  readonly ended_of_memory: number;
}

/**
 * Starts the next attempt of a task that is queued, or running under a holder whose heartbeat is
 * older than `staleAfterMs`; null for any other.
 */
export async function startTask(
  tx: Transaction,
  wanted: {
    jobId: string;
    taskId: string;
    workerId: string;
    staleAfterMs: number;
    /** The code of the end of a holder that stopped answering. */
    holderEnd: ErrorCode;
  },
): Promise<StartedTask | null> {
  const { rows } = await tx.query<StartedTask>(
    `UPDATE tasks SET state = 'running', attempt = attempt + 1, worker_id = $3,
       heartbeat_at = now(), started_at = coalesce(started_at, now()), step = 0,
       history = CASE WHEN state = 'running' THEN history || jsonb_build_object(
         'attempt', attempt, 'at', now(), 'code', $6::text,
         'detail', 'The worker ' || worker_id || ' stopped answering.') ELSE history END
     WHERE id = $1 AND job_id = $2 AND state = ANY($5)
       AND (state <> 'running' OR heartbeat_at < now() - $4 * interval '1 millisecond')
     RETURNING attempt, kind, fold, shard, jsonb_array_length(history) AS ended_badly,
       (SELECT count(*)::int FROM jsonb_array_elements(history) past
        WHERE past->>'code' = 'out-of-memory') AS ended_of_memory`,
    [
      wanted.taskId,
      wanted.jobId,
      wanted.workerId,
      wanted.staleAfterMs,
      statesBefore(TASK_TRANSITIONS, "running"),
      wanted.holderEnd,
    ],
  );
  return rows[0] ?? null;
}

export interface QueuedTask {
  readonly job_id: string;
  readonly kind: TaskKind;
  readonly delivery: number;
  /** Of its job. */
  readonly params: unknown;
}

/** Queues an open task for its next delivery; null for one that has ended. */
export async function queueTaskAgain(
  tx: Transaction,
  taskId: string,
  { problem, isCounted }: { problem: Problem | null; isCounted: boolean },
): Promise<QueuedTask | null> {
  const { rows } = await tx.query<QueuedTask>(
    `UPDATE tasks t SET state = 'queued', delivery = delivery + 1, worker_id = NULL,
       heartbeat_at = NULL, failures = failures + $2, error = coalesce($3, t.error),
       history = CASE WHEN $3::jsonb IS NULL THEN history ELSE history || jsonb_build_object(
         'attempt', attempt, 'at', now(), 'code', $3::jsonb->>'code', 'detail', $3::jsonb->>'detail') END
     FROM jobs j WHERE t.id = $1 AND t.state = ANY($4) AND j.id = t.job_id
     RETURNING t.job_id, t.kind, t.delivery, j.params`,
    [
      taskId,
      problem && isCounted ? 1 : 0,
      problem ? JSON.stringify(problem) : null,
      statesBefore(TASK_TRANSITIONS, "queued"),
    ],
  );
  return rows[0] ?? null;
}

/** False where the claim is lost. */
export async function succeedHeldTask(
  tx: Transaction,
  { taskId, attempt }: Held,
  metrics: Record<string, unknown> | undefined,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE tasks SET state = 'succeeded', finished_at = clock_timestamp(), error = NULL,
       step = coalesce(steps, step), metrics = coalesce($3, metrics)
     WHERE id = $1 AND attempt = $2 AND state = ANY($4)`,
    [taskId, attempt, metrics ? JSON.stringify(metrics) : null, heldBefore("succeeded")],
  );
  return rowCount === 1;
}

/** Ends a running task without a result; returns its earlier attempts, null where the claim is lost. */
export async function endHeldTask(
  tx: Transaction,
  { taskId, attempt }: Held,
  to: "failed" | "cancelled",
  problem: Problem | null,
): Promise<PastAttempt[] | null> {
  const { rows } = await tx.query<{ history: PastAttempt[] }>(
    `UPDATE tasks SET state = $3, finished_at = clock_timestamp(), error = $4
     WHERE id = $1 AND attempt = $2 AND state = ANY($5)
     RETURNING history`,
    [taskId, attempt, to, problem ? JSON.stringify(problem) : null, heldBefore(to)],
  );
  return rows[0]?.history ?? null;
}

/** Cancels the queued tasks of a job, or all that have not ended. */
export async function cancelTasks(
  tx: Transaction,
  jobId: string,
  which: "queued" | "open",
): Promise<void> {
  await tx.query(
    `UPDATE tasks SET state = 'cancelled', finished_at = clock_timestamp()
     WHERE job_id = $1 AND state = ANY($2)`,
    [
      jobId,
      statesBefore(TASK_TRANSITIONS, "cancelled").filter((s) => which === "open" || s === which),
    ],
  );
}
