import { firstTaskOf, inputsOf, type JobKind, queueOf, type TaskKind } from "@winnow/contracts";
import { auditInsert, type NewAuditEntry } from "../access/audit.js";
import type { Queryable, Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { notify } from "../database/notifications.js";
import { enqueue } from "./outbox.js";

export interface NewJob {
  /** Of `newId("job")`: what the job makes names it, and is written first. */
  readonly id: string;
  readonly kind: JobKind;
  readonly params: unknown;
  readonly seed: number | null;
  readonly datasetId?: string;
  readonly crossValidationId?: string;
  readonly pruningId?: string;
  /** Without them a job has one task, of its kind's first task kind. */
  readonly tasks?: readonly NewTask[];
  readonly retryOf?: string;
  /** The API key whose job it is. */
  readonly ownerId?: string | undefined;
  /** The span that its tasks belong to, where traces are on. */
  readonly traceParent?: string | undefined;
  /** The job that queues this one; its owner and its trace are this one's too. */
  readonly queuedBy?: string | undefined;
}

export interface NewTask {
  readonly kind: TaskKind;
  readonly fold: number | null;
  readonly shard?: number | null;
}

/** The tasks that a job begins with. */
export const tasksOf = ({ kind, tasks }: Pick<NewJob, "kind" | "tasks">): readonly NewTask[] =>
  tasks ?? [{ kind: firstTaskOf(kind), fold: null }];

export interface NewPruning {
  readonly id: string;
  readonly crossValidationId: string;
  readonly jobId: string;
  readonly parameters: unknown;
  readonly ownerId?: string | undefined;
  readonly queuedBy?: string | undefined;
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
        INSERT INTO prunings (id, cross_validation_id, job_id, state, parameters, owner_id)
        SELECT id, "crossValidationId", "jobId", 'pending', parameters,
          coalesce("ownerId", (SELECT owner_id FROM jobs q WHERE q.id = "queuedBy"))
        FROM json_to_recordset($3) AS p (id text, "crossValidationId" text, "jobId" text,
          parameters jsonb, "ownerId" text, "queuedBy" text)
        -- Locks the runs in the order in which deletions do.
        ORDER BY "crossValidationId"
      ), audit AS (
        ${auditInsert("$4")}
      ), job AS (
        INSERT INTO jobs (id, kind, state, params, inputs, seed, dataset_id, cross_validation_id,
          pruning_id, retry_of, owner_id, trace_parent)
        SELECT id, kind, 'queued', params, inputs, seed, "datasetId", "crossValidationId",
          "pruningId", "retryOf",
          coalesce("ownerId", (SELECT owner_id FROM jobs q WHERE q.id = "queuedBy")),
          coalesce("traceParent", (SELECT trace_parent FROM jobs q WHERE q.id = "queuedBy"))
        FROM json_to_recordset($1) AS j (id text, kind text, params jsonb, inputs text[], seed int8,
          "datasetId" text, "crossValidationId" text, "pruningId" text, "retryOf" text,
          "ownerId" text, "queuedBy" text, "traceParent" text)
        RETURNING id
      ), new_task AS (
        SELECT * FROM json_to_recordset($2)
          AS t (id text, "jobId" text, kind text, fold int4, shard int4, queue text)
      ), task AS (
        INSERT INTO tasks (id, job_id, kind, fold, shard, state, delivery)
        SELECT id, "jobId", kind, fold, shard, 'queued', 1 FROM new_task
      ), entry AS (
        INSERT INTO outbox (task_id, queue, delivery, payload)
        SELECT id, queue, 1, jsonb_build_object('jobId', "jobId", 'taskId', id, 'delivery', 1)
        FROM new_task
      ), event AS (
        INSERT INTO job_events (job_id, type, data, created_at)
        SELECT id, 'state', '{"state": "queued"}', clock_timestamp() FROM job
      )
      SELECT now()::timestamptz(3) AS created_at`,
    values: [
      JSON.stringify(jobs.map((job) => ({ ...job, inputs: inputIdsOf(job.kind, job.params) }))),
      JSON.stringify(
        jobs.flatMap((job) =>
          tasksOf(job).map(({ kind, fold, shard }) => ({
            id: newId("task"),
            jobId: job.id,
            kind,
            fold,
            shard,
            queue: queueOf(kind, job.params),
          })),
        ),
      ),
      JSON.stringify(also.prunings ?? []),
      JSON.stringify(also.audit ?? []),
    ],
  });
  if (jobs.some(({ queuedBy }) => queuedBy)) await notify(db, "winnow_outbox");
  return rows[0]?.created_at as Date;
}

/** Adds a task to a running job; the caller holds the job's lock. `steps` are of its progress. */
export async function addTask(
  tx: Transaction,
  job: { readonly id: string; readonly params: unknown },
  kind: TaskKind,
  steps: number,
  taskId = newId("task"),
): Promise<void> {
  await tx.query(
    `INSERT INTO tasks (id, job_id, kind, state, delivery, steps)
     VALUES ($1, $2, $3, 'queued', 1, $4)`,
    [taskId, job.id, kind, steps],
  );
  const payload = { jobId: job.id, taskId, delivery: 1 };
  await enqueue(tx, { queue: queueOf(kind, job.params), payload });
}

/** The ids of all that a job of these parameters reads. */
export function inputIdsOf(kind: JobKind, params: unknown): string[] {
  const { uploads, datasets, crossValidations, prunings } = inputsOf(kind, params);
  return [uploads, datasets, crossValidations, prunings].flatMap((ids) => ids ?? []);
}
