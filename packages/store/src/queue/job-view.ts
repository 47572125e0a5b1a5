import {
  AppError,
  describeJob,
  JOB_KINDS,
  type Job,
  type JobKind,
  type Page,
} from "@winnow/contracts";
import { type Database, sql } from "../database/client.js";
import { type PageRequest, readPage } from "../database/pages.js";
import { type NewJob, tasksOf } from "./insert-job.js";

interface JobRow {
  id: string;
  kind: JobKind;
  state: Job["state"];
  phase: string | null;
  progress_done: number;
  progress_total: number | null;
  params: Record<string, unknown>;
  seed: string | null;
  result: Record<string, unknown> | null;
  error: Job["error"];
  dataset_id: string | null;
  cross_validation_id: string | null;
  pruning_id: string | null;
  retry_of: string | null;
  parent_id: string | null;
  version: number;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  now: Date;
  tasks: Job["tasks"];
}

// Columns by name: a prepared `j.*` breaks on its connection when a migration adds one.
const SELECT_JOB = `
  SELECT j.id, j.kind, j.state, j.phase, j.progress_done, j.progress_total, j.params, j.seed,
    j.result, j.error, j.dataset_id, j.cross_validation_id, j.pruning_id, j.retry_of, j.parent_id,
    j.version, j.created_at, j.started_at, j.finished_at, now() AS now, coalesce((
    SELECT json_agg(json_build_object('fold', t.fold, 'shard', t.shard, 'state', t.state, 'attempt', t.attempt,
      'step', t.step, 'metrics', t.metrics) ORDER BY t.fold, t.shard)
    FROM tasks t WHERE t.job_id = j.id), '[]'::json) AS tasks
  FROM jobs j`;

/** A job as the API returns it, with its version for ETags. Throws `job-not-found`. */
export async function readJob(db: Database, jobId: string): Promise<{ job: Job; version: number }> {
  // Named, so that Postgres plans it once a connection: it is the most frequent query.
  const { rows } = await sql(db).query<JobRow>({
    name: "read-job",
    text: `${SELECT_JOB} WHERE j.id = $1`,
    values: [jobId],
  });
  const row = rows[0];
  if (!row) throw new AppError("job-not-found", `No job has the id ${jobId}.`);
  return { job: viewOf(row), version: row.version };
}

/** A job as it is right after `insertJobs`, without a query. */
export function viewOfNew(job: NewJob, createdAt: Date): Job {
  return viewOf({
    id: job.id,
    kind: job.kind,
    state: "queued",
    phase: null,
    progress_done: 0,
    progress_total: null,
    params: job.params as Record<string, unknown>,
    seed: job.seed === null ? null : String(job.seed),
    result: null,
    error: null,
    dataset_id: job.datasetId ?? null,
    cross_validation_id: job.crossValidationId ?? null,
    pruning_id: job.pruningId ?? null,
    retry_of: job.retryOf ?? null,
    parent_id: null,
    version: 1,
    created_at: createdAt,
    started_at: null,
    finished_at: null,
    now: createdAt,
    tasks: tasksOf(job).map(({ fold, shard = null }) => ({
      fold,
      shard,
      state: "queued",
      attempt: 0,
      step: 0,
      metrics: null,
    })),
  });
}

export interface JobFilter extends PageRequest {
  readonly state?: Job["state"] | undefined;
  readonly kind?: JobKind | undefined;
  readonly datasetId?: string | undefined;
  /** Those that this job queued; without it those that no job has queued. */
  readonly parentId?: string | undefined;
  /** Only those of this key. */
  readonly ownerId?: string | undefined;
}

/** Jobs newest first (ids sort by time), one page. */
export function listJobs(db: Database, filter: JobFilter): Promise<Page<Job>> {
  const { state = null, kind = null, datasetId = null, parentId = null, ownerId = null } = filter;
  return readPage(filter, {
    list: ["jobs", state, kind, datasetId, parentId, ownerId],
    keys: ["string"],
    async read(after, limit) {
      const { rows } = await sql(db).query<JobRow>(
        `${SELECT_JOB}
         WHERE ($1::text IS NULL OR j.state = $1) AND ($2::text IS NULL OR j.kind = $2)
           AND ($3::text IS NULL OR j.dataset_id = $3) AND ($4::text IS NULL OR j.id < $4)
           AND ($5::text IS NULL OR j.owner_id = $5) AND j.parent_id IS NOT DISTINCT FROM $6
           AND j.kind = ANY($8)
         ORDER BY j.id DESC LIMIT $7`,
        // A newer program's jobs may be of kinds that the answers of this one do not have.
        [state, kind, datasetId, after?.[0] ?? null, ownerId, parentId, limit, JOB_KINDS],
      );
      return rows;
    },
    keysOf: (row) => [row.id],
    view: viewOf,
  });
}

function viewOf(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    phase: row.phase,
    progress: {
      done: row.progress_done,
      total: row.progress_total,
      unit: describeJob(row.kind).progressUnit,
    },
    etaSeconds: etaSeconds(row),
    attempt: Math.max(0, ...row.tasks.map((t) => t.attempt)),
    params: row.params,
    seed: row.seed === null ? null : Number(row.seed),
    result: row.result,
    error: row.error,
    tasks: row.tasks,
    datasetId: row.dataset_id,
    crossValidationId: row.cross_validation_id,
    pruningId: row.pruning_id,
    retryOf: row.retry_of,
    parentId: row.parent_id,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    links: {
      self: `/v1/jobs/${row.id}`,
      events: `/v1/jobs/${row.id}/events`,
      cancel: `/v1/jobs/${row.id}/cancel`,
    },
  };
}

/**
 * The remaining work at the mean pace so far; null until a twentieth is done, when the pace is
 * meaningless.
 */
function etaSeconds(row: JobRow): number | null {
  const { progress_done: done, progress_total: total, started_at: startedAt } = row;
  if (row.state !== "running" || !startedAt || !total || done < total / 20) return null;
  const elapsed = (row.now.getTime() - startedAt.getTime()) / 1000;
  return Math.max(0, Math.round((elapsed * (total - done)) / done));
}
