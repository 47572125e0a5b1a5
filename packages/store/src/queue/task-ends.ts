import { AppError, describeJob, type Problem, type PruningOptions } from "@winnow/contracts";
import { type Store, type Transaction, withTransaction } from "../database/client.js";
import { succeedHeldTask } from "../states/task-state.js";
import { cancelHeldJob } from "./cancel-job.js";
import { type Claim, StaleClaimError } from "./claim.js";
import { MAX_MEMORY_ATTEMPTS } from "./claim-task.js";
import { endTask, lockJob, requeue, setJobState, touchJob } from "./job-changes.js";

/**
 * Ends the task as succeeded inside the transaction that wrote its data. With the last task the job
 * succeeds with `result`, which also makes the job's resource ready. Resources are locked after the
 * job, here and where a task fails or is cancelled, so these cannot deadlock. Throws
 * `StaleClaimError` if the claim is lost, which rolls the data back. Returns whether the job ended.
 */
export async function succeedTask(
  tx: Transaction,
  claim: Claim,
  outcome: {
    metrics?: Record<string, unknown>;
    /** How many steps the task had, for one that may end before its first heartbeat. */
    steps?: number;
    /** Queues what comes after the last task, if anything does; then the job goes on. */
    next?: () => Promise<boolean>;
    result: () => Promise<Record<string, unknown>>;
  },
): Promise<boolean> {
  const job = await lockJob(tx, claim.jobId);
  if (job?.state !== "running") throw new StaleClaimError(claim);
  if (!(await succeedHeldTask(tx, claim, outcome.metrics))) throw new StaleClaimError(claim);
  if (outcome.steps !== undefined) {
    const steps = [claim.taskId, outcome.steps];
    await tx.query("UPDATE tasks SET step = $2, steps = $2 WHERE id = $1", steps);
  }
  const open = await tx.query("SELECT 1 FROM tasks WHERE job_id = $1 AND state <> 'succeeded'", [
    claim.jobId,
  ]);
  if (open.rowCount || (await outcome.next?.())) {
    await touchJob(tx, claim.jobId);
    return false;
  }
  const result = await outcome.result();
  await tx.query(
    `UPDATE jobs SET result = $2, progress_total = coalesce(progress_total, t.total),
       progress_done = coalesce(progress_total, t.total, progress_done)
     FROM (SELECT CASE WHEN bool_and(steps IS NOT NULL) THEN sum(steps)::float8 END AS total
           FROM tasks WHERE job_id = $1) t
     WHERE id = $1`,
    [claim.jobId, JSON.stringify(result)],
  );
  await setJobState(tx, claim.jobId, "succeeded");
  return true;
}

/**
 * Ends the attempt with an error. While the error is retryable and its kind has attempts left, the
 * task is queued again after a growing pause; otherwise the task and its job fail. A task of a
 * cancelled job is cancelled. Does nothing for a stale claim.
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
    if (problem.retryable && failures < attemptsOf(claim, problem)) {
      await requeue(tx, claim.taskId, { problem, delayMs: backoffMs * 2 ** (failures - 1) });
      return "queued";
    }
    await endTask(tx, claim, "failed", problem);
    return "failed";
  });
}

function attemptsOf({ kind }: Claim, { code }: Problem): number {
  const { attempts } = describeJob(kind);
  // There is room once somebody deletes something, which is not a matter of seconds.
  if (code === "quota-exceeded") return 1;
  return code === "out-of-memory" ? Math.min(attempts, MAX_MEMORY_ATTEMPTS) : attempts;
}

/**
 * Returns a held task to its queue, uncounted, to be delivered again after a pause: the worker shuts
 * down, or cannot do it, and another continues.
 */
export async function releaseTask(store: Store, claim: Claim, pauseMs = 0): Promise<boolean> {
  return withTransaction(store, async (tx) => {
    const job = await lockJob(tx, claim.jobId);
    const held = await tx.query(
      "SELECT 1 FROM tasks WHERE id = $1 AND attempt = $2 AND state = 'running' FOR UPDATE",
      [claim.taskId, claim.attempt],
    );
    if (!job || !held.rowCount) return false;
    if (job.state === "cancelling") await endTask(tx, claim, "cancelled", null);
    else await requeue(tx, claim.taskId, { problem: null, delayMs: pauseMs });
    return true;
  });
}

/** Ends a held task whose job is being cancelled; with the last task the job is cancelled. */
export async function cancelTask(store: Store, claim: Claim): Promise<void> {
  await withTransaction(store, async (tx) => {
    await lockJob(tx, claim.jobId);
    await endTask(tx, claim, "cancelled", null);
  });
}

/**
 * Requests a job's cancellation. Queued tasks end here, running ones when their workers notice.
 * Jobs that it queued are cancelled with it. Returns the job's state after it; `ended`: it had ended
 * before and nothing changed. `also` runs in the same transaction. Throws `job-not-found`.
 */
export async function requestCancel(
  store: Store,
  jobId: string,
  also?: (tx: Transaction) => Promise<void>,
): Promise<{ state: "cancelled" | "cancelling" | "ended" }> {
  return withTransaction(store, async (tx) => {
    const job = await lockJob(tx, jobId);
    if (!job) throw new AppError("job-not-found", `No job has the id ${jobId}.`);
    if (job.state === "cancelling") return { state: "cancelling" };
    if (job.state !== "queued" && job.state !== "running") return { state: "ended" };
    const isCancelled = await cancelHeldJob(tx, jobId, job.state);
    await also?.(tx);
    return { state: isCancelled ? "cancelled" : "cancelling" };
  });
}

/** The options of the pruning that was requested together with the job, if any. */
export const requestedPruning = (claim: Claim): PruningOptions | undefined =>
  (claim.params as { pruning?: PruningOptions }).pruning;
