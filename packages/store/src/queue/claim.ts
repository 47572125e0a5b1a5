import type { JobKind, TaskKind } from "@winnow/contracts";

/** A worker's hold on a task: every write it makes names `attempt`, so a stale one changes nothing. */
export interface Claim {
  readonly taskId: string;
  readonly jobId: string;
  readonly kind: JobKind;
  readonly taskKind: TaskKind;
  readonly fold: number | null;
  readonly attempt: number;
  readonly params: unknown;
  readonly datasetId: string | null;
  readonly crossValidationId: string | null;
  readonly pruningId: string | null;
}

/** The claim is no longer ours: another worker took the task, or its job ended. Stop; write nothing. */
export class StaleClaimError extends Error {
  override readonly name = "StaleClaimError";
  constructor(claim: Pick<Claim, "taskId" | "attempt">, options?: ErrorOptions) {
    super(`attempt ${claim.attempt} of ${claim.taskId} no longer holds the task`, options);
  }
}
