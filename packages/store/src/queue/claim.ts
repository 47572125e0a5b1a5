import type { JobKind, TaskKind } from "@winnow/contracts";

/** A worker's hold on a task. Every write names `attempt`, so a stale holder changes nothing. */
export interface Claim {
  readonly taskId: string;
  readonly jobId: string;
  readonly kind: JobKind;
  readonly taskKind: TaskKind;
  readonly fold: number | null;
  readonly shard: number | null;
  readonly attempt: number;
  readonly params: unknown;
  readonly datasetId: string | null;
  readonly crossValidationId: string | null;
  readonly pruningId: string | null;
  /** The span that the job's tasks belong to; null where traces were off. */
  readonly traceParent: string | null;
}

/** The claim is lost: another worker holds the task, or its job ended. Stop and write nothing. */
export class StaleClaimError extends Error {
  override readonly name = "StaleClaimError";
  constructor(claim: Pick<Claim, "taskId" | "attempt">, options?: ErrorOptions) {
    super(`attempt ${claim.attempt} of ${claim.taskId} no longer holds the task`, options);
  }
}
