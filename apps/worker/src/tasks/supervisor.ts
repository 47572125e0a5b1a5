import { problemOf, type TaskKind, type TaskPayload } from "@winnow/contracts";
import {
  type Claim,
  cancelTask,
  claimTask,
  failTask,
  readJob,
  recordEvent,
  releaseTask,
  StaleClaimError,
  type Store,
} from "@winnow/store";
import type { Logger } from "pino";
import { asAppError } from "./errors.js";
import type { HandlerRegistry } from "./handler.js";
import { type RunningHeartbeat, startHeartbeat } from "./heartbeat.js";
import { retryOnOutage } from "./outages.js";
import { Stop } from "./stop.js";

/** How an attempt ended. */
export type AttemptEnd = "succeeded" | "failed" | "queued" | "cancelled" | "handed-back" | "lost";

/** Counts and times attempts. */
export interface AttemptMetrics {
  /** Records that an attempt began; call what it returns at its end. */
  attempt(kind: TaskKind): (end: AttemptEnd) => void;
}

export interface SupervisorOptions {
  readonly store: Store;
  readonly handlers: HandlerRegistry;
  /** Unique among all workers. */
  readonly workerId: string;
  readonly heartbeatIntervalMs: number;
  readonly staleAfterMs: number;
  readonly reconcileStaleMs: number;
  readonly metrics: AttemptMetrics;
  readonly log: Logger;
}

export interface Supervisor {
  /** Does a delivered task to its end. Resolves also when there was nothing to do. */
  deliver(payload: TaskPayload): Promise<void>;
  /** Asks Postgres at once whether the job's running tasks are still wanted. */
  look(jobId: string): void;
  /** Stops what runs and hands it back; later deliveries are handed back at once. */
  stop(): void;
}

/** Claims delivered tasks, runs their handlers, and tells Postgres how each attempt ended. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const running = new Set<Running>();
  let stopping = false;
  return {
    async deliver(payload) {
      const { jobId, taskId } = payload;
      const claim = await retryOnOutage(() =>
        claimTask(options.store, {
          jobId,
          taskId,
          workerId: options.workerId,
          staleAfterMs: options.staleAfterMs,
        }),
      );
      // Somebody's, ended or cancelled: the queue entry can go.
      if (!claim) return;
      const stop = new AbortController();
      if (stopping) stop.abort(new Stop("shutdown"));
      const log = logOf(claim, options);
      const heartbeat = heartbeatOf(claim, stop, log, options);
      const held = { jobId, stop, heartbeat };
      running.add(held);
      try {
        await attempt(claim, stop, heartbeat, log, options);
      } finally {
        running.delete(held);
      }
    },
    look(jobId) {
      for (const held of running) if (held.jobId === jobId) void held.heartbeat.announce({});
    },
    stop() {
      stopping = true;
      for (const { stop } of running) stop.abort(new Stop("shutdown"));
    },
  };
}

/** A task in this process's hands. */
interface Running {
  readonly jobId: string;
  readonly stop: AbortController;
  readonly heartbeat: RunningHeartbeat;
}

const logOf = ({ jobId, taskId, taskKind, fold, attempt }: Claim, { log }: SupervisorOptions) =>
  log.child({ jobId, taskId, kind: taskKind, fold, attempt });

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

async function attempt(
  claim: Claim,
  stop: AbortController,
  heartbeat: RunningHeartbeat,
  log: Logger,
  { store, handlers, metrics }: SupervisorOptions,
): Promise<void> {
  const startedAt = performance.now();
  const noteEnd = metrics.attempt(claim.taskKind);
  let end: AttemptEnd = "succeeded";
  log.info("task started");
  const events = eventWriter(store, claim, log);
  try {
    stop.signal.throwIfAborted();
    await handlers[claim.taskKind](claim, {
      store,
      log,
      signal: stop.signal,
      beat: heartbeat.note,
      announce: heartbeat.announce,
      event: events.add,
    });
    log.info({ seconds: seconds(startedAt) }, "task succeeded");
  } catch (error) {
    end = "failed";
    end = await endAttempt(store, claim, stop.signal, error, log);
  } finally {
    noteEnd(end);
    await events.written();
    await heartbeat.end();
  }
}

/** What an attempt that ended without a result means for its task. */
async function endAttempt(
  store: Store,
  claim: Claim,
  signal: AbortSignal,
  error: unknown,
  log: Logger,
): Promise<AttemptEnd> {
  const stop = signal.reason instanceof Stop ? signal.reason : error;
  const why = stop instanceof Stop ? stop.why : null;
  // What is written after a cancel is refused as a stale claim's; yet the task is ours to end.
  const isCancelled = why === "cancelled" || (await isRefusedByCancel(store, claim, error));
  if (!isCancelled && (error instanceof StaleClaimError || why === "lost")) {
    log.warn("the task is no longer ours; nothing was written");
    return "lost";
  }
  if (isCancelled) {
    log.info("task cancelled");
    await retryOnOutage(() => cancelTask(store, claim));
    return "cancelled";
  }
  if (why === "shutdown") {
    log.info("task handed back");
    await retryOnOutage(() => releaseTask(store, claim));
    return "handed-back";
  }
  const problem = problemOf(asAppError(error, claim.kind));
  const next = await retryOnOutage(() => failTask(store, claim, problem));
  log.error({ err: error, code: problem.code, next }, "task failed");
  return next === "stale" ? "lost" : next;
}

async function isRefusedByCancel(store: Store, claim: Claim, error: unknown): Promise<boolean> {
  if (!(error instanceof StaleClaimError)) return false;
  const { job } = await retryOnOutage(() => readJob(store, claim.jobId));
  return job.state === "cancelling";
}

/** Writes a job's events one after the other; one that cannot be written is only logged. */
function eventWriter(store: Store, claim: Claim, log: Logger) {
  let last: Promise<void> = Promise.resolve();
  return {
    add: (type: "metric" | "log", data: Record<string, unknown>): void => {
      last = last
        .then(() => recordEvent(store, claim, type, data))
        .catch((error: unknown) => log.warn({ err: error }, "an event was not written"));
    },
    written: () => last,
  };
}

const seconds = (since: number): number => Math.round((performance.now() - since) / 100) / 10;
