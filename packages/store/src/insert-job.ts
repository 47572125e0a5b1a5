import { JOBS, type JobKind } from "@winnow/contracts";
import type { Transaction } from "./client.js";
import { newId } from "./ids.js";
import type { Channel } from "./notifications.js";

export interface NewJob {
  /** Of `newId("job")`: what the job makes names it, and is written first. */
  readonly id: string;
  readonly kind: JobKind;
  readonly params: unknown;
  readonly seed: number | null;
  readonly datasetId: string;
  readonly crossValidationId?: string;
  readonly pruningId?: string;
  /** One task each; a job without folds has one task. */
  readonly folds?: readonly number[];
  readonly retryOf?: string;
  /** The API key whose job it is. */
  readonly ownerId?: string | undefined;
  /** The job that queues this one; its owner is this one's too. */
  readonly queuedBy?: string | undefined;
}

/**
 * Writes a job, its tasks, their outbox entries and its first event. One statement, since the time
 * of a POST is that of its round trips; a named one, so that Postgres plans it once a connection.
 * Relays are told in the transaction only of a job that a job queues; a POST rings `outboxBell`.
 */
export async function insertJob(tx: Transaction, job: NewJob): Promise<void> {
  const folds = job.folds ?? [null];
  await tx.query({
    name: "insert-job",
    text: `WITH job AS (
        INSERT INTO jobs (id, kind, state, params, seed, dataset_id, cross_validation_id,
          pruning_id, retry_of, owner_id)
        VALUES ($1, $2, 'queued', $3, $4, $5, $6, $7, $8,
          coalesce($14, (SELECT owner_id FROM jobs WHERE id = $13)))
      ), new_task AS (
        INSERT INTO tasks (id, job_id, kind, fold, state)
        SELECT id, $1, $2, fold, 'queued' FROM unnest($9::text[], $10::int[]) AS t (id, fold)
        RETURNING id, delivery
      ), entry AS (
        INSERT INTO outbox (task_id, queue, delivery, payload)
        SELECT id, $11, delivery,
          jsonb_build_object('jobId', $1::text, 'taskId', id, 'delivery', delivery) FROM new_task
      ), event AS (
        INSERT INTO job_events (job_id, type, data, created_at)
        VALUES ($1, 'state', '{"state": "queued"}', clock_timestamp())
      )
      SELECT pg_notify($12, '') WHERE $13::text IS NOT NULL`,
    values: [
      job.id,
      job.kind,
      JSON.stringify(job.params),
      job.seed,
      job.datasetId,
      job.crossValidationId ?? null,
      job.pruningId ?? null,
      job.retryOf ?? null,
      folds.map(() => newId("task")),
      folds,
      JOBS[job.kind].queue,
      "winnow_outbox" satisfies Channel,
      job.queuedBy ?? null,
      job.ownerId ?? null,
    ],
  });
}
