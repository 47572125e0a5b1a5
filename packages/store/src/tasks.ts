import {
  AppError,
  type FoldTrainingParams,
  JOBS,
  type JobKind,
  type JobState,
  type Problem,
  problemOf,
} from "@winnow/contracts";
import { type Queryable, type Store, type Transaction, withTransaction } from "./client.js";
import { appendEvent } from "./events.js";
import { enqueue } from "./outbox.js";

/** A worker's hold on a task: every write it makes names `attempt`, so a stale one changes nothing. */
export interface Claim {
  readonly taskId: string;
  readonly jobId: string;
  readonly kind: JobKind;
  readonly fold: number | null;
  readonly attempt: number;
  readonly params: unknown;
  readonly datasetId: string;
  readonly crossValidationId: string | null;
  readonly pruningId: string | null;
}

/** The claim is no longer ours: another worker took the task, or its job ended. Stop; write nothing. */
export class StaleClaimError extends Error {
  override readonly name = "StaleClaimError";
  constructor(claim: Pick<Claim, "taskId" | "attempt">) {
    super(`attempt ${claim.attempt} of ${claim.taskId} no longer holds the task`);
  }
}

/** Started attempts after which a task that keeps killing its process is failed. */
export const MAX_STARTED_ATTEMPTS = 12;

/**
 * Takes a task that is queued, or running under a holder whose heartbeat is older than
 * `staleAfterMs`. Returns null if it is somebody's, has ended, or is cancelled: then there is
 * nothing to do and the queue entry can go.
 */
export async function claimTask(
  store: Store,
  wanted: { jobId: string; taskId: string; workerId: string; staleAfterMs: number },
): Promise<Claim | null> {
  return withTransaction(store, async (tx) => {
    const job = await lockJob(tx, wanted.jobId);
    if (!job || (job.state !== "queued" && job.state !== "running")) return null;
    const claimed = await tx.query<{ attempt: number; kind: JobKind; fold: number | null }>(
      `UPDATE tasks SET state = 'running', attempt = attempt + 1, worker_id = $3,
         heartbeat_at = now(), started_at = coalesce(started_at, now()), step = 0,
         history = CASE WHEN state = 'running' THEN history || jsonb_build_object(
           'attempt', attempt, 'at', now(), 'code', 'task-crashed',
           'detail', 'the worker ' || worker_id || ' stopped answering') ELSE history END
       WHERE id = $1 AND job_id = $2 AND (state = 'queued' OR
         (state = 'running' AND heartbeat_at < now() - $4 * interval '1 millisecond'))
       RETURNING attempt, kind, fold`,
      [wanted.taskId, wanted.jobId, wanted.workerId, wanted.staleAfterMs],
    );
    const task = claimed.rows[0];
    if (!task) return null;
    const claim: Claim = {
      taskId: wanted.taskId,
      jobId: wanted.jobId,
      kind: task.kind,
      fold: task.fold,
      attempt: task.attempt,
      params: job.params,
      datasetId: job.dataset_id,
      crossValidationId: job.cross_validation_id,
      pruningId: job.pruning_id,
    };
    if (task.attempt > MAX_STARTED_ATTEMPTS) {
      const detail = `The task was started ${MAX_STARTED_ATTEMPTS} times and never came to an end.`;
      await endTask(tx, claim, "failed", problemOf(new AppError("task-crashed", detail)));
      return null;
    }
    if (job.state === "queued") await setJobState(tx, wanted.jobId, ["queued"], "running");
    return claim;
  });
}

export interface Heartbeat {
  readonly step?: number;
  readonly steps?: number;
  readonly phase?: string;
  readonly metrics?: Record<string, unknown>;
}

/**
 * Tells that the holder lives and how far it is. `held: false` means stop at once; with
 * `cancelled`, because somebody asked for it.
 */
export async function beatTask(
  store: Store,
  claim: Claim,
  beat: Heartbeat,
): Promise<{ held: boolean; cancelled: boolean }> {
  const { rows } = await store.pool.query<{ cancelled: boolean }>(
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
  const row = rows[0];
  if (!row) return { held: false, cancelled: false };
  if (beat.step !== undefined || beat.phase !== undefined) {
    await publishProgress(store, claim, beat);
  }
  return { held: !row.cancelled, cancelled: row.cancelled };
}

/** Sums the tasks into the job's progress; its event goes out at most once a second per job. */
async function publishProgress(store: Store, claim: Claim, beat: Heartbeat): Promise<void> {
  await withTransaction(store, async (tx) => {
    const { rows } = await tx.query<{ done: number; total: number | null; due: boolean }>(
      `UPDATE jobs j SET progress_done = s.done, progress_total = s.total,
         phase = coalesce($2, phase), version = version + 1
       FROM (SELECT sum(CASE WHEN state = 'succeeded' THEN coalesce(steps, step) ELSE step END)::float8 AS done,
               CASE WHEN bool_and(steps IS NOT NULL) THEN sum(steps)::float8
                    ELSE (avg(steps) * count(*))::float8 END AS total
             FROM tasks WHERE job_id = $1) s
       WHERE j.id = $1
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

/** Adds a `metric` or `log` event of the holder's. */
export async function recordEvent(
  store: Store,
  claim: Claim,
  type: "metric" | "log",
  data: Record<string, unknown>,
): Promise<void> {
  await withTransaction(store, async (tx) => {
    await lockJob(tx, claim.jobId);
    await appendEvent(tx, claim.jobId, type, { fold: claim.fold, ...data });
  });
}

/**
 * Ends the task as succeeded inside the transaction that wrote its data; with its last task the
 * job succeeds with `result`. Throws `StaleClaimError` if the claim is lost, which rolls the data
 * back. Returns whether the job ended.
 */
export async function succeedTask(
  tx: Transaction,
  claim: Claim,
  outcome: { metrics?: Record<string, unknown>; result: () => Promise<Record<string, unknown>> },
): Promise<boolean> {
  const job = await lockJob(tx, claim.jobId);
  if (job?.state !== "running") throw new StaleClaimError(claim);
  const { rowCount } = await tx.query(
    `UPDATE tasks SET state = 'succeeded', finished_at = now(), error = NULL,
       step = coalesce(steps, step), metrics = coalesce($3, metrics)
     WHERE id = $1 AND attempt = $2 AND state = 'running'`,
    [claim.taskId, claim.attempt, outcome.metrics ? JSON.stringify(outcome.metrics) : null],
  );
  if (!rowCount) throw new StaleClaimError(claim);
  const open = await tx.query("SELECT 1 FROM tasks WHERE job_id = $1 AND state <> 'succeeded'", [
    claim.jobId,
  ]);
  if (open.rowCount) return false;
  const result = await outcome.result();
  await tx.query(
    `UPDATE jobs SET result = $2,
       progress_done = coalesce(progress_total, progress_done) WHERE id = $1`,
    [claim.jobId, JSON.stringify(result)],
  );
  await setJobState(tx, claim.jobId, ["running"], "succeeded");
  return true;
}

/**
 * Ends the attempt with an error: the task is queued again after a growing pause while the error
 * is retryable and its kind's attempts last, else the task and its job are failed. A cancelled
 * job's task ends as cancelled. Does nothing for a stale claim.
 */
export async function failTask(
  store: Store,
  claim: Claim,
  problem: Problem,
  backoffMs = 1_000,
): Promise<"queued" | "failed" | "cancelled" | "stale"> {
  return withTransaction(store, async (tx) => {
    const job = await lockJob(tx, claim.jobId);
    const held = await tx.query<{ failures: number }>(
      `SELECT failures FROM tasks WHERE id = $1 AND attempt = $2 AND state = 'running' FOR UPDATE`,
      [claim.taskId, claim.attempt],
    );
    const task = held.rows[0];
    if (!job || !task) return "stale";
    if (job.state === "cancelling") {
      await endTask(tx, claim, "cancelled", null);
      return "cancelled";
    }
    const failures = task.failures + 1;
    if (problem.retryable && failures < JOBS[claim.kind].attempts) {
      await requeue(tx, claim.taskId, { problem, delayMs: backoffMs * 2 ** (failures - 1) });
      return "queued";
    }
    await endTask(tx, claim, "failed", problem);
    return "failed";
  });
}

/** Hands a held task back, uncounted: the worker shuts down, another goes on. */
export async function releaseTask(store: Store, claim: Claim): Promise<boolean> {
  return withTransaction(store, async (tx) => {
    const job = await lockJob(tx, claim.jobId);
    const held = await tx.query(
      "SELECT 1 FROM tasks WHERE id = $1 AND attempt = $2 AND state = 'running' FOR UPDATE",
      [claim.taskId, claim.attempt],
    );
    if (!job || !held.rowCount) return false;
    if (job.state === "cancelling") await endTask(tx, claim, "cancelled", null);
    else await requeue(tx, claim.taskId, { problem: null, delayMs: 0 });
    return true;
  });
}

/** Ends a held task whose job is being cancelled; with the last one the job is cancelled. */
export async function cancelTask(store: Store, claim: Claim): Promise<void> {
  await withTransaction(store, async (tx) => {
    await lockJob(tx, claim.jobId);
    await endTask(tx, claim, "cancelled", null);
  });
}

/**
 * Asks for a job's end. Queued tasks end here; running ones end when their workers hear of it.
 * `ended` tells that the job had ended before and nothing changed. Throws `job-not-found`.
 */
export async function requestCancel(store: Store, jobId: string): Promise<{ ended: boolean }> {
  return withTransaction(store, async (tx) => {
    const job = await lockJob(tx, jobId);
    if (!job) throw new AppError("job-not-found", `No job has the id ${jobId}.`);
    if (job.state === "cancelling") return { ended: false };
    if (job.state !== "queued" && job.state !== "running") return { ended: true };
    await tx.query("UPDATE jobs SET cancel_requested_at = now() WHERE id = $1", [jobId]);
    await tx.query(
      `UPDATE tasks SET state = 'cancelled', finished_at = now()
       WHERE job_id = $1 AND state = 'queued'`,
      [jobId],
    );
    if (job.state === "running") await setJobState(tx, jobId, ["running"], "cancelling");
    await finishCancelled(tx, jobId);
    return { ended: false };
  });
}

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
    const still = await tx.query(
      "SELECT 1 FROM tasks WHERE id = $1 AND delivery = $2 AND state = 'queued' FOR UPDATE",
      [taskId, delivery],
    );
    if (still.rowCount) await requeue(tx, taskId, { problem: null, delayMs: 0, uncounted: true });
  });
}

interface LockedJob {
  state: JobState;
  params: unknown;
  dataset_id: string;
  cross_validation_id: string | null;
  pruning_id: string | null;
}

/** Every change of a job or its tasks' states locks the job first, so the two cannot deadlock. */
async function lockJob(tx: Transaction, jobId: string): Promise<LockedJob | null> {
  const { rows } = await tx.query<LockedJob>(
    `SELECT state, params, dataset_id, cross_validation_id, pruning_id
     FROM jobs WHERE id = $1 FOR UPDATE`,
    [jobId],
  );
  return rows[0] ?? null;
}

async function requeue(
  tx: Transaction,
  taskId: string,
  why: { problem: Problem | null; delayMs: number; uncounted?: boolean },
): Promise<void> {
  const { rows } = await tx.query<{ job_id: string; kind: JobKind; delivery: number }>(
    `UPDATE tasks SET state = 'queued', delivery = delivery + 1, worker_id = NULL,
       heartbeat_at = NULL, failures = failures + $2, error = coalesce($3, error),
       history = CASE WHEN $3::jsonb IS NULL THEN history ELSE history || jsonb_build_object(
         'attempt', attempt, 'at', now(), 'code', $3::jsonb->>'code', 'detail', $3::jsonb->>'detail') END
     WHERE id = $1 RETURNING job_id, kind, delivery`,
    [
      taskId,
      why.problem && !why.uncounted ? 1 : 0,
      why.problem ? JSON.stringify(why.problem) : null,
    ],
  );
  const task = rows[0];
  if (!task) return;
  await enqueue(
    tx,
    { kind: task.kind, jobId: task.job_id, taskId, delivery: task.delivery },
    why.delayMs,
  );
}

/** Ends the claim's task for good and draws the consequences for its job. */
async function endTask(
  tx: Transaction,
  claim: Pick<Claim, "taskId" | "jobId" | "attempt">,
  state: "failed" | "cancelled",
  problem: Problem | null,
): Promise<void> {
  const { rowCount } = await tx.query(
    `UPDATE tasks SET state = $3, finished_at = now(), error = $4
     WHERE id = $1 AND attempt = $2 AND state = 'running'`,
    [claim.taskId, claim.attempt, state, problem ? JSON.stringify(problem) : null],
  );
  if (!rowCount) return;
  if (state === "cancelled") return finishCancelled(tx, claim.jobId);
  // One failed task fails the job: the others' claims end, and their workers stop at the next beat.
  await tx.query(
    `UPDATE tasks SET state = 'cancelled', finished_at = now()
     WHERE job_id = $1 AND state IN ('queued', 'running')`,
    [claim.jobId],
  );
  await tx.query("UPDATE jobs SET error = $2 WHERE id = $1", [
    claim.jobId,
    JSON.stringify(problem),
  ]);
  await setJobState(tx, claim.jobId, ["queued", "running"], "failed");
  await failResources(tx, claim.jobId);
}

/** Cancels the job once none of its tasks runs. */
async function finishCancelled(tx: Transaction, jobId: string): Promise<void> {
  const running = await tx.query(
    "SELECT 1 FROM tasks WHERE job_id = $1 AND state IN ('queued', 'running')",
    [jobId],
  );
  if (running.rowCount) return;
  await setJobState(tx, jobId, ["queued", "cancelling"], "cancelled");
  await failResources(tx, jobId);
}

/** What a job was to make, and has not, is not left looking unfinished. */
async function failResources(tx: Queryable, jobId: string): Promise<void> {
  await tx.query(
    `UPDATE datasets SET state = 'failed', updated_at = now() WHERE state = 'ingesting'
       AND id = (SELECT dataset_id FROM jobs WHERE id = $1 AND kind = 'dataset-ingest')`,
    [jobId],
  );
  await tx.query(
    "UPDATE cross_validations SET state = 'failed' WHERE job_id = $1 AND state = 'training'",
    [jobId],
  );
  await tx.query("UPDATE prunings SET state = 'failed' WHERE job_id = $1 AND state = 'pending'", [
    jobId,
  ]);
}

/** The one place where a job's state changes; `from` are the states that the change is legal in. */
async function setJobState(
  tx: Transaction,
  jobId: string,
  from: readonly JobState[],
  to: JobState,
): Promise<void> {
  const { rowCount } = await tx.query(
    `UPDATE jobs SET state = $3::text, version = version + 1,
       started_at = CASE WHEN $3::text = 'running' THEN now() ELSE started_at END,
       finished_at = CASE WHEN $3::text IN ('succeeded', 'failed', 'cancelled') THEN now() END,
       phase = CASE WHEN $3::text IN ('succeeded', 'failed', 'cancelled') THEN NULL ELSE phase END
     WHERE id = $1 AND state = ANY($2::text[])`,
    [jobId, from, to],
  );
  if (rowCount) await appendEvent(tx, jobId, "state", { state: to });
}

/** The options of the pruning that a fold-training job asked for in advance, if it did. */
export const pruningAskedFor = (claim: Claim): FoldTrainingParams["pruning"] =>
  (claim.params as FoldTrainingParams).pruning;
