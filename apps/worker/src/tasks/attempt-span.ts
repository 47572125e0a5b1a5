import { type Claim, type Store, traceJob } from "@winnow/store";
import { exemplarOf, type Span, type Tracing } from "@winnow/tracing";

/** When and from where an attempt's task was delivered. */
export interface Delivery {
  readonly queue: string;
  /** When its entry came into the queue; in milliseconds since 1970. */
  readonly queuedAt: number;
}

/** What an attempt's span says of its child process. */
export interface ChildSpan {
  /** A stage of the child's work has begun, by the child's clock. */
  stage(name: string, at: number): void;
  event(name: string, attributes: Record<string, number>): void;
  /** The process has ended; `code` is the problem's that it ended with. */
  end(code: string | null): void;
}

/**
 * The span of one attempt at a task. The spans of its stages are made when it ends: a worker that is
 * killed sends none of them, so that a trace has no parts without their whole.
 */
export interface AttemptSpan {
  readonly traceId: string;
  /** What its metrics name it by. */
  readonly exemplar: Record<string, string>;
  /** A stage of the work has begun; nothing while a child works, which has stages of its own. */
  stage(name: string): void;
  child(pid: number | undefined, attributes: Record<string, string | null>): ChildSpan;
  fail(code: string): void;
  end(how: string): void;
}

/** Begins the span of an attempt, below that of the job's request, and adds the one of its wait in the queue. */
export async function beginAttempt(
  tracing: Tracing,
  store: Store,
  claim: Claim,
  workerId: string,
  { queue, queuedAt }: Delivery,
): Promise<AttemptSpan> {
  const parent = claim.traceParent ?? (await newTrace(tracing, store, claim));
  const ids = idsOf(claim);
  tracing
    .start(`queue ${queue}`, parent, {
      kind: "consumer",
      startedAt: Math.min(queuedAt, Date.now()),
      attributes: {
        ...ids,
        "messaging.system": "bullmq",
        "messaging.destination.name": queue,
        "messaging.operation.type": "receive",
      },
    })
    .end();
  const attributes = { ...ids, "winnow.attempt": claim.attempt, "winnow.worker": workerId };
  return attemptSpan(tracing.start(`task ${claim.taskKind}`, parent, { attributes }));
}

/** Begins the trace of a job that was queued without one; of several tasks the first to do so counts. */
async function newTrace(tracing: Tracing, store: Store, claim: Claim): Promise<string> {
  const { "winnow.task.id": _, "winnow.task.kind": __, ...attributes } = idsOf(claim);
  const root = tracing.start(`job ${claim.kind}`, null, { attributes });
  // Without it the job's next task begins another trace, which is no reason to fail this one.
  const kept = await traceJob(store, claim.jobId, root.traceParent).catch(() => undefined);
  if (kept === undefined || kept === root.traceParent) root.end();
  return kept ?? root.traceParent;
}

const idsOf = (claim: Claim) => ({
  "winnow.job.id": claim.jobId,
  "winnow.job.kind": claim.kind,
  "winnow.task.id": claim.taskId,
  "winnow.task.kind": claim.taskKind,
  "winnow.dataset.id": claim.datasetId,
  "winnow.cross_validation.id": claim.crossValidationId,
  "winnow.pruning.id": claim.pruningId,
  "winnow.fold": claim.fold,
  "winnow.shard": claim.shard,
});

function attemptSpan(span: Span): AttemptSpan {
  const own = stagesOf(span);
  let failure: string | null = null;
  let child: Span | null = null;
  return {
    traceId: span.traceId,
    exemplar: exemplarOf(span),
    stage(name) {
      if (child === null) own.begin(name, Date.now());
    },
    child(pid, attributes) {
      const opened = span.child("trainer", { attributes: { ...attributes, "process.pid": pid } });
      const stages = stagesOf(opened, { "process.pid": pid });
      stages.begin("starting", Date.now());
      child = opened;
      return {
        stage: stages.begin,
        event: opened.event,
        end(code) {
          stages.end(code);
          if (code !== null) opened.fail(code);
          opened.end();
          child = null;
        },
      };
    },
    fail(code) {
      failure = code;
    },
    end(how) {
      own.end(failure);
      if (failure !== null) span.fail(failure);
      span.set({ "winnow.end": how });
      span.end();
    },
  };
}

/** Spans of stages that follow one another. */
function stagesOf(whole: Span, attributes: Record<string, number | undefined> = {}) {
  const begun: { readonly name: string; readonly at: number }[] = [];
  return {
    begin(name: string, at: number): void {
      if (begun.at(-1)?.name !== name) begun.push({ name, at });
    },
    /** Makes the spans; the last stage is the one that failed. */
    end(failure: string | null): void {
      const now = Date.now();
      for (const [i, { name, at }] of begun.entries()) {
        const stage = whole.child(name, { startedAt: at, attributes });
        if (failure !== null && i === begun.length - 1) stage.fail(failure);
        stage.end(begun[i + 1]?.at ?? now);
      }
    },
  };
}
