import { JOBS, type JobKind } from "@winnow/contracts";
import { auditInsert, type NewAuditEntry } from "../access/audit.js";
import type { Queryable } from "../database/client.js";
import { newId } from "../database/ids.js";
import { notify } from "../database/notifications.js";

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

export interface NewPruning {
  readonly id: string;
  readonly crossValidationId: string;
  readonly jobId: string;
  readonly parameters: unknown;
}

/** Writes a job, its tasks, their outbox entries and its first event. */
export async function insertJob(db: Queryable, job: NewJob): Promise<void> {
  await insertJobs(db, [job]);
}

/**
 * Writes jobs, and prunings and rows of the audit with them, in one statement, since the time of a
 * POST is that of its round trips; a named one, so that Postgres plans it once a connection. Returns
 * when they were made, by the clock of Postgres. The transaction itself notifies relays only of a job
 * that a job queues; a POST calls `outboxNotifier` after its commit.
 */
export async function insertJobs(
  db: Queryable,
  jobs: readonly NewJob[],
  also: { prunings?: readonly NewPruning[]; audit?: readonly NewAuditEntry[] } = {},
): Promise<Date> {
  const { rows } = await db.query<{ created_at: Date }>({
    name: "insert-jobs",
    text: `WITH pruning AS (
        INSERT INTO prunings (id, cross_validation_id, job_id, state, parameters)
        SELECT id, "crossValidationId", "jobId", 'pending', parameters
        FROM json_to_recordset($4)
          AS p (id text, "crossValidationId" text, "jobId" text, parameters jsonb)
        -- Their runs are locked in this order, as by whoever deletes them.
        ORDER BY "crossValidationId"
      ), audit AS (
        ${auditInsert("$5")}
      ), job AS (
        INSERT INTO jobs (id, kind, state, params, seed, dataset_id, cross_validation_id,
          pruning_id, retry_of, owner_id)
        SELECT id, kind, 'queued', params, seed, "datasetId", "crossValidationId", "pruningId",
          "retryOf", coalesce("ownerId", (SELECT owner_id FROM jobs q WHERE q.id = "queuedBy"))
        FROM json_to_recordset($1) AS j (id text, kind text, params jsonb, seed int8,
          "datasetId" text, "crossValidationId" text, "pruningId" text, "retryOf" text,
          "ownerId" text, "queuedBy" text)
        RETURNING id
      ), task AS (
        INSERT INTO tasks (id, job_id, kind, fold, state)
        SELECT id, "jobId", kind, fold, 'queued'
        FROM json_to_recordset($2) AS t (id text, "jobId" text, kind text, fold int4)
        RETURNING id, job_id, kind, delivery
      ), entry AS (
        INSERT INTO outbox (task_id, queue, delivery, payload)
        SELECT id, $3::jsonb ->> kind, delivery,
          jsonb_build_object('jobId', job_id, 'taskId', id, 'delivery', delivery) FROM task
      ), event AS (
        INSERT INTO job_events (job_id, type, data, created_at)
        SELECT id, 'state', '{"state": "queued"}', clock_timestamp() FROM job
      )
      SELECT now()::timestamptz(3) AS created_at`,
    values: [
      JSON.stringify(jobs),
      JSON.stringify(
        jobs.flatMap(({ id, kind, folds = [null] }) =>
          folds.map((fold) => ({ id: newId("task"), jobId: id, kind, fold })),
        ),
      ),
      QUEUE_BY_KIND,
      JSON.stringify(also.prunings ?? []),
      JSON.stringify(also.audit ?? []),
    ],
  });
  if (jobs.some(({ queuedBy }) => queuedBy)) await notify(db, "winnow_outbox");
  return rows[0]?.created_at as Date;
}

const QUEUE_BY_KIND = JSON.stringify(
  Object.fromEntries(Object.entries(JOBS).map(([kind, { queue }]) => [kind, queue])),
);
