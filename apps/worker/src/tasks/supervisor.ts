import type { TaskPayload } from "@winnow/contracts";
import { type Claim, claimTask, type DiedOfMemory, isKnownTask } from "@winnow/store";
import type { Tracing } from "@winnow/tracing";
import type { Logger } from "pino";
import { type AttemptDeps, runAttempt } from "./attempt.js";
import { type AttemptSpan, beginAttempt, type Delivery } from "./attempt-span.js";
import { type RunningHeartbeat, startHeartbeat } from "./heartbeat.js";
import { retryOnOutage } from "./outages.js";
import { Stop } from "./stop.js";

export interface SupervisorOptions extends AttemptDeps {
  /** Unique among all workers. */
  readonly workerId: string;
  readonly heartbeatIntervalMs: number;
  readonly staleAfterMs: number;
  readonly diedOfMemory: DiedOfMemory;
  readonly reconcileStaleMs: number;
  /** null: nothing is traced. */
  readonly tracing: Tracing | null;
  readonly log: Logger;
}

export interface Supervisor {
  /** Runs a delivered task to its end; false if there is nothing to do. */
  deliver(payload: TaskPayload, from: Delivery): Promise<boolean>;
  /** Checks in Postgres at once whether the job's running tasks were cancelled. */
  look(jobId: string): void;
  /** Stops the running tasks and hands them back; later deliveries are handed back at once. */
  stop(): void;
}

/** Claims delivered tasks, runs their handlers, and writes how each attempt ended. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const running = new Set<Running>();
  let stopping = false;
  return {
    async deliver({ jobId, taskId }, from) {
      const { store, workerId, staleAfterMs, diedOfMemory, tracing } = options;
      const claim = await retryOnOutage(() =>
        claimTask(store, { jobId, taskId, workerId, staleAfterMs, diedOfMemory }),
      );
      // Another worker has it, or it has ended: the queue entry can go.
      if (!claim) {
        await warnOfStranger(options, { jobId, taskId });
        return false;
      }
      const stop = new AbortController();
      if (stopping) stop.abort(new Stop("shutdown"));
      const span = tracing && (await beginAttempt(tracing, store, claim, workerId, from));
      const log = logOf(claim, span, options);
      const heartbeat = heartbeatOf(claim, stop, log, options);
      const task = { jobId, stop, heartbeat };
      running.add(task);
      try {
        await runAttempt({ claim, signal: stop.signal, heartbeat, span, log }, options);
      } finally {
        running.delete(task);
      }
      return true;
    },
    look(jobId) {
      for (const task of running) if (task.jobId === jobId) void task.heartbeat.announce({});
    },
    stop() {
      stopping = true;
      for (const { stop } of running) stop.abort(new Stop("shutdown"));
    },
  };
}

/** An entry of a task that is not there is no loss of ours, but maybe one of somebody else. */
async function warnOfStranger(
  { store, log }: SupervisorOptions,
  { jobId, taskId }: Pick<TaskPayload, "jobId" | "taskId">,
): Promise<void> {
  if (await retryOnOutage(() => isKnownTask(store, taskId))) return;
  log.warn(
    { jobId, taskId },
    "a queue entry names a task that the database does not have: its job was deleted, or another database uses the same queues",
  );
}

/** A task that this process runs. */
interface Running {
  readonly jobId: string;
  readonly stop: AbortController;
  readonly heartbeat: RunningHeartbeat;
}

const logOf = (
  { jobId, taskId, taskKind, fold, attempt }: Claim,
  span: AttemptSpan | null,
  { log }: SupervisorOptions,
) =>
  log.child({
    ...{ jobId, taskId, kind: taskKind, fold, attempt },
    ...(span && { trace_id: span.traceId }),
  });

const heartbeatOf = (
  claim: Claim,
  stop: AbortController,
  log: Logger,
  { store, heartbeatIntervalMs, reconcileStaleMs }: SupervisorOptions,
): RunningHeartbeat =>
  startHeartbeat({
    store,
    claim,
    intervalMs: heartbeatIntervalMs,
    lostAfterMs: reconcileStaleMs,
    log,
    onStop: (reason) => stop.abort(reason),
  });
