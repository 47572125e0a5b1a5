import { isTerminal, type JobState, type Problem, queueOf, type TaskKind } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { tellJobEnd } from "../webhooks/deliveries.js";
import type { Claim } from "./claim.js";
import { appendEvent } from "./events.js";
import { failResource, type JobIds } from "./job-resources.js";
import { enqueue } from "./outbox.js";

// The state machine of docs/explanation/states.md. Nothing outside the task files calls these. Ends are told by
// clock_timestamp(): now() is when the transaction began, which may be a long COPY ago.

export interface LockedJob extends JobIds {
  state: JobState;
  params: unknown;
}

/** Every change of a job or its tasks' states locks the job first, so the two cannot deadlock. */
export async function lockJob(tx: Transaction, jobId: string): Promise<LockedJob | null> {
  const { rows } = await tx.query<LockedJob>(
    `SELECT kind, state, params, dataset_id, cross_validation_id, pruning_id
     FROM jobs WHERE id = $1 FOR UPDATE`,
    [jobId],
  );
  return rows[0] ?? null;
}

/** Tells whoever waits for news of the job of a change to its tasks alone: their ETag is the job's. */
export async function touchJob(tx: Transaction, jobId: string): Promise<void> {
  await tx.query("UPDATE jobs SET version = version + 1 WHERE id = $1", [jobId]);
}

export async function requeue(
  tx: Transaction,
  taskId: string,
  why: { problem: Problem | null; delayMs: number; uncounted?: boolean },
): Promise<void> {
  const { rows } = await tx.query<{
    job_id: string;
    kind: TaskKind;
    delivery: number;
    params: unknown;
  }>(
    `UPDATE tasks t SET state = 'queued', delivery = delivery + 1, worker_id = NULL,
       heartbeat_at = NULL, failures = failures + $2, error = coalesce($3, t.error),
       history = CASE WHEN $3::jsonb IS NULL THEN history ELSE history || jsonb_build_object(
         'attempt', attempt, 'at', now(), 'code', $3::jsonb->>'code', 'detail', $3::jsonb->>'detail') END
     FROM jobs j WHERE t.id = $1 AND j.id = t.job_id
     RETURNING t.job_id, t.kind, t.delivery, j.params`,
    [
      taskId,
      why.problem && !why.uncounted ? 1 : 0,
      why.problem ? JSON.stringify(why.problem) : null,
    ],
  );
  const task = rows[0];
  if (!task) return;
  await touchJob(tx, task.job_id);
  await enqueue(
    tx,
    {
      queue: queueOf(task.kind, task.params),
      payload: { jobId: task.job_id, taskId, delivery: task.delivery },
    },
    why.delayMs,
  );
}

/** Ends the claim's task for good and draws the consequences for its job. */
export async function endTask(
  tx: Transaction,
  claim: Pick<Claim, "taskId" | "jobId" | "attempt">,
  state: "failed" | "cancelled",
  problem: Problem | null,
): Promise<void> {
  const ended = await tx.query<{ history: PastAttempt[] }>(
    `UPDATE tasks SET state = $3, finished_at = clock_timestamp(), error = $4
     WHERE id = $1 AND attempt = $2 AND state = 'running' RETURNING history`,
    [claim.taskId, claim.attempt, state, problem ? JSON.stringify(problem) : null],
  );
  const task = ended.rows[0];
  if (!task) return;
  if (state === "cancelled") return finishCancelled(tx, claim.jobId);
  // One failed task fails the job: the others' claims end, and their workers stop at the next beat.
  await tx.query(
    `UPDATE tasks SET state = 'cancelled', finished_at = clock_timestamp()
     WHERE job_id = $1 AND state IN ('queued', 'running')`,
    [claim.jobId],
  );
  await tx.query("UPDATE jobs SET error = $2 WHERE id = $1", [
    claim.jobId,
    JSON.stringify(problem && withPast(problem, task.history)),
  ]);
  await setJobState(tx, claim.jobId, ["running"], "failed");
  await failResource(tx, claim.jobId);
}

interface PastAttempt {
  readonly attempt: number;
  readonly code: string;
  readonly detail: string;
}

/** The problem with the reasons of the attempts before: the last one alone seldom tells the cause. */
function withPast(problem: Problem, history: readonly PastAttempt[]): Problem {
  if (history.length === 0) return problem;
  const past = history.map(({ attempt, detail }) => `attempt ${attempt}: ${detail}`).join(" ");
  return { ...problem, detail: `${problem.detail} Before: ${past}` };
}

/** Cancels the job once none of its tasks runs. */
export async function finishCancelled(tx: Transaction, jobId: string): Promise<void> {
  const running = await tx.query(
    "SELECT 1 FROM tasks WHERE job_id = $1 AND state IN ('queued', 'running')",
    [jobId],
  );
  if (running.rowCount) return touchJob(tx, jobId);
  await setJobState(tx, jobId, ["queued", "cancelling"], "cancelled");
  await failResource(tx, jobId);
}

/** The one place where a job's state changes; `from` are the states that the change is legal in. */
export async function setJobState(
  tx: Transaction,
  jobId: string,
  from: readonly JobState[],
  to: JobState,
): Promise<void> {
  const { rowCount } = await tx.query(
    `UPDATE jobs SET state = $3::text, version = version + 1,
       started_at = CASE WHEN $3::text = 'running' THEN clock_timestamp() ELSE started_at END,
       finished_at = CASE WHEN $3::text IN ('succeeded', 'failed', 'cancelled') THEN clock_timestamp() END,
       phase = CASE WHEN $3::text IN ('succeeded', 'failed', 'cancelled') THEN NULL ELSE phase END
     WHERE id = $1 AND state = ANY($2::text[])`,
    [jobId, from, to],
  );
  if (!rowCount) return;
  await appendEvent(tx, jobId, "state", { state: to });
  if (isTerminal(to)) await tellJobEnd(tx, jobId);
}
