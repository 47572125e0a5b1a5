import { isTaskKind, isTerminal, type JobState, type Problem, queueOf } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { changeJobState } from "../states/job-state.js";
import {
  cancelTasks,
  endHeldTask,
  type PastAttempt,
  queueTaskAgain,
} from "../states/task-state.js";
import { writeDeliveries } from "../webhooks/deliveries.js";
import type { Claim } from "./claim.js";
import { appendEvent } from "./events.js";
import { failResource, type JobIds } from "./job-resources.js";
import { enqueue } from "./outbox.js";

// What a change of state brings with it: docs/explanation/states.md. Only the task files call
// these.

export interface LockedJob extends JobIds {
  state: JobState;
  params: unknown;
  trace_parent: string | null;
}

/** Every change of a job's or task's state locks the job first, so two of them cannot deadlock. */
export async function lockJob(tx: Transaction, jobId: string): Promise<LockedJob | null> {
  const { rows } = await tx.query<LockedJob>(
    `SELECT kind, state, params, dataset_id, cross_validation_id, pruning_id, trace_parent
     FROM jobs WHERE id = $1 FOR UPDATE`,
    [jobId],
  );
  return rows[0] ?? null;
}

/**
 * Makes a change of tasks alone visible to those who wait for news: the ETag is the job's version.
 */
export async function touchJob(tx: Transaction, jobId: string): Promise<void> {
  await tx.query("UPDATE jobs SET version = version + 1 WHERE id = $1", [jobId]);
}

export async function requeue(
  tx: Transaction,
  taskId: string,
  why: { problem: Problem | null; delayMs: number; uncounted?: boolean },
): Promise<void> {
  const isCounted = !why.uncounted;
  const task = await queueTaskAgain(tx, taskId, { problem: why.problem, isCounted });
  if (!task) return;
  await touchJob(tx, task.job_id);
  await enqueue(
    tx,
    {
      queue: isTaskKind(task.kind)
        ? queueOf(task.kind, task.params)
        : await queueOfDelivery(tx, taskId, task.delivery - 1),
      payload: { jobId: task.job_id, taskId, delivery: task.delivery },
    },
    why.delayMs,
  );
}

/** Where the task was delivered before: a newer program has chosen it. */
async function queueOfDelivery(tx: Transaction, taskId: string, delivery: number): Promise<string> {
  const { rows } = await tx.query<{ queue: string }>(
    "SELECT queue FROM outbox WHERE task_id = $1 AND delivery = $2",
    [taskId, delivery],
  );
  if (!rows[0]) throw new Error(`delivery ${delivery} of ${taskId} is not in the outbox`);
  return rows[0].queue;
}

/** Ends the claim's task permanently, with the consequences for its job. */
export async function endTask(
  tx: Transaction,
  claim: Pick<Claim, "taskId" | "jobId" | "attempt">,
  state: "failed" | "cancelled",
  problem: Problem | null,
): Promise<void> {
  const history = await endHeldTask(tx, claim, state, problem);
  if (!history) return;
  if (state === "cancelled") {
    await finishCancelled(tx, claim.jobId);
    return;
  }
  // One failed task fails the job. The other claims end, and their workers stop at the next
  // heartbeat.
  await cancelTasks(tx, claim.jobId, "open");
  await tx.query("UPDATE jobs SET error = $2 WHERE id = $1", [
    claim.jobId,
    JSON.stringify(problem && withPast(problem, history)),
  ]);
  await setJobState(tx, claim.jobId, "failed");
  await failResource(tx, claim.jobId);
}

/**
 * The problem together with the reasons of earlier attempts: the last one alone seldom shows the
 * cause.
 */
function withPast(problem: Problem, history: readonly PastAttempt[]): Problem {
  if (history.length === 0) return problem;
  const past = history.map(({ attempt, detail }) => `attempt ${attempt}: ${sentence(detail)}`);
  return { ...problem, detail: `${sentence(problem.detail)} Before: ${past.join(" ")}` };
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** Fails a running job that has no open task, for a reason that is not a task's. */
export async function failJob(tx: Transaction, jobId: string, problem: Problem): Promise<void> {
  await tx.query("UPDATE jobs SET error = $2 WHERE id = $1", [jobId, JSON.stringify(problem)]);
  await setJobState(tx, jobId, "failed");
  await failResource(tx, jobId);
}

/** Cancels the job if none of its tasks and children is open; returns whether it did. */
export async function finishCancelled(tx: Transaction, jobId: string): Promise<boolean> {
  const running = await tx.query(
    `SELECT 1 FROM tasks WHERE job_id = $1 AND state IN ('queued', 'running')
     UNION ALL SELECT 1 FROM jobs
     WHERE parent_id = $1 AND state IN ('queued', 'running', 'cancelling') LIMIT 1`,
    [jobId],
  );
  if (running.rowCount) {
    await touchJob(tx, jobId);
    return false;
  }
  await setJobState(tx, jobId, "cancelled");
  await failResource(tx, jobId);
  return true;
}

/** Changes a job's state, if it may become `to`, and writes its event and webhook deliveries. */
export async function setJobState(tx: Transaction, jobId: string, to: JobState): Promise<void> {
  if (!(await changeJobState(tx, jobId, to))) return;
  await appendEvent(tx, jobId, "state", { state: to });
  if (isTerminal(to)) await writeDeliveries(tx, jobId);
}
