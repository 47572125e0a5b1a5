import { describeJob, isTaskKind, problemOf, type TaskKind } from "@winnow/contracts";
import {
  type Claim,
  cancelTask,
  failTask,
  type Heartbeat,
  readJob,
  recordEvent,
  releaseTask,
  StaleClaimError,
  type Store,
} from "@winnow/store";
import type { Logger } from "pino";
import type { AttemptSpan } from "./attempt-span.js";
import { asAppError } from "./errors.js";
import type { HandlerRegistry } from "./handler.js";
import type { RunningHeartbeat } from "./heartbeat.js";
import { retryOnOutage } from "./outages.js";
import { HandBack, pauseAfter, Stop } from "./stop.js";

/** How an attempt ended. */
export type AttemptEnd = "succeeded" | "failed" | "queued" | "cancelled" | "handed-back" | "lost";

/** Counts and times attempts. */
export interface AttemptMetrics {
  /** Records that an attempt began; call what it returns at its end. */
  attempt(kind: TaskKind, exemplar: Record<string, string>): (end: AttemptEnd) => void;
}

export interface Attempt {
  readonly claim: Claim;
  /** Its reason is a `Stop`. */
  readonly signal: AbortSignal;
  readonly heartbeat: RunningHeartbeat;
  /** null: nothing is traced. */
  readonly span: AttemptSpan | null;
  readonly log: Logger;
}

export interface AttemptDeps {
  readonly store: Store;
  readonly handlers: HandlerRegistry;
  readonly metrics: AttemptMetrics;
}

/** Runs the handler of a claimed task and writes how the attempt ended. */
export async function runAttempt(
  { claim, signal, heartbeat, span, log }: Attempt,
  { store, handlers, metrics }: AttemptDeps,
): Promise<void> {
  const startedAt = performance.now();
  const recordEnd = metrics.attempt(claim.taskKind, span?.exemplar ?? {});
  let end: AttemptEnd = "succeeded";
  log.info("task started");
  const events = eventWriter(store, claim, log);
  try {
    signal.throwIfAborted();
    leaveToNewer(claim);
    await handlers[claim.taskKind](claim, {
      store,
      log,
      signal,
      beat: withStages(span, heartbeat.note),
      announce: withStages(span, heartbeat.announce),
      event: events.add,
      span,
    });
    log.info({ seconds: secondsSince(startedAt) }, "task succeeded");
  } catch (error) {
    end = "failed";
    end = await endFailed(store, claim, signal, error, span, log);
  } finally {
    recordEnd(end);
    span?.end(end);
    await events.written();
    await heartbeat.end();
  }
}

/** Passes progress on, and tells the span of the stages that begin with it. */
const withStages =
  <T>(span: AttemptSpan | null, send: (progress: Heartbeat) => T) =>
  (progress: Heartbeat): T => {
    if (progress.phase !== undefined) span?.stage(progress.phase);
    return send(progress);
  };

/** Attempts at a task of a newer program: an hour of an upgrade. Then its error says more than its waiting. */
const LEFT_ATTEMPTS = 60;

/** Throws `HandBack` for a task that a newer program queued and this one does not understand. */
function leaveToNewer({ kind, taskKind, params, attempt }: Claim): void {
  if (attempt > LEFT_ATTEMPTS) return;
  const isKnown = isTaskKind(taskKind) && describeJob(kind).params.safeParse(params).success;
  if (isKnown) return;
  const what = isTaskKind(taskKind)
    ? `these parameters of ${taskKind}`
    : `the task kind ${taskKind}`;
  throw new HandBack(`This worker does not know ${what}.`, pauseAfter(attempt));
}

/** Writes the end of an attempt without a result. */
async function endFailed(
  store: Store,
  claim: Claim,
  signal: AbortSignal,
  error: unknown,
  span: AttemptSpan | null,
  log: Logger,
): Promise<AttemptEnd> {
  const stop = signal.reason instanceof Stop ? signal.reason : error;
  const why = stop instanceof Stop ? stop.why : null;
  // A write after a cancel is refused like that of a stale claim, but the task is ours to end.
  const isCancelled = why === "cancelled" || (await isRefusedByCancel(store, claim, error));
  if (!isCancelled && (error instanceof StaleClaimError || why === "lost")) {
    log.warn("the claim is lost; nothing was written");
    return "lost";
  }
  if (isCancelled) {
    log.info("task cancelled");
    await retryOnOutage(() => cancelTask(store, claim));
    return "cancelled";
  }
  if (why === "shutdown" || error instanceof HandBack) {
    const pauseMs = why !== "shutdown" && error instanceof HandBack ? error.pauseMs : 0;
    log.info(
      { pauseMs, ...(pauseMs > 0 && { reason: (error as HandBack).message }) },
      "task handed back",
    );
    await retryOnOutage(() => releaseTask(store, claim, pauseMs));
    return "handed-back";
  }
  const problem = problemOf(asAppError(error, claim.kind));
  span?.fail(problem.code);
  const next = await retryOnOutage(() => failTask(store, claim, problem));
  log.error({ err: error, code: problem.code, next }, "task failed");
  return next === "stale" ? "lost" : next;
}

async function isRefusedByCancel(store: Store, claim: Claim, error: unknown): Promise<boolean> {
  if (!(error instanceof StaleClaimError)) return false;
  const { job } = await retryOnOutage(() => readJob(store, claim.jobId));
  return job.state === "cancelling";
}

/** Writes a job's events one after another; one that cannot be written is only logged. */
function eventWriter(store: Store, claim: Claim, log: Logger) {
  let last: Promise<void> = Promise.resolve();
  return {
    add: (type: "metric" | "log", data: Record<string, unknown>): Promise<void> => {
      last = last
        .then(() => recordEvent(store, claim, type, data))
        .catch((error: unknown) => log.warn({ err: error }, "an event was not written"));
      return last;
    },
    written: () => last,
  };
}

const secondsSince = (start: number): number => Math.round((performance.now() - start) / 100) / 10;
