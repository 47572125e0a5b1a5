import type { JobKind } from "@winnow/contracts";
import type { Transaction } from "./client.js";
import { appendEvent } from "./events.js";
import { newId } from "./ids.js";
import { enqueue } from "./outbox.js";

export interface NewJob {
  readonly kind: JobKind;
  readonly params: unknown;
  readonly seed: number | null;
  readonly datasetId: string;
  readonly crossValidationId?: string;
  readonly pruningId?: string;
  /** One task each; a job without folds has one task. */
  readonly folds?: readonly number[];
  readonly retryOf?: string;
  /** The job that queues this one; its owner is this one's too. */
  readonly queuedBy?: string;
}

/** Writes a job, its tasks and their outbox entries. Returns the job's id. */
export async function insertJob(tx: Transaction, job: NewJob): Promise<string> {
  const jobId = newId("job");
  await tx.query(
    `INSERT INTO jobs (id, kind, state, params, seed, dataset_id, cross_validation_id, pruning_id,
       retry_of, owner_id)
     VALUES ($1, $2, 'queued', $3, $4, $5, $6, $7, $8, (SELECT owner_id FROM jobs WHERE id = $9))`,
    [
      jobId,
      job.kind,
      JSON.stringify(job.params),
      job.seed,
      job.datasetId,
      job.crossValidationId ?? null,
      job.pruningId ?? null,
      job.retryOf ?? null,
      job.queuedBy ?? null,
    ],
  );
  for (const fold of job.folds ?? [null]) {
    const taskId = newId("task");
    await tx.query(
      "INSERT INTO tasks (id, job_id, kind, fold, state) VALUES ($1, $2, $3, $4, 'queued')",
      [taskId, jobId, job.kind, fold],
    );
    await enqueue(tx, { kind: job.kind, jobId, taskId, delivery: 1 });
  }
  await appendEvent(tx, jobId, "state", { state: "queued" });
  return jobId;
}
