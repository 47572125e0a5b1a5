import { AppError, type JobKind, type JobState } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { holdUpload } from "../datasets/uploads.js";
import { insertJob } from "../queue/insert-job.js";
import { readyDataset } from "./create-jobs.js";

interface OldJob {
  kind: JobKind;
  state: JobState;
  params: unknown;
  seed: string | null;
  dataset_id: string;
  cross_validation_id: string | null;
  pruning_id: string | null;
}

/**
 * Makes a new job that does a failed or cancelled one again, on the same dataset, cross-validation
 * or pruning; folds that were finished stay so. Throws `job-not-found`, `job-not-retryable`, and
 * `upload-not-found` or `dataset-not-found` where what it reads is gone.
 */
export async function createRetry(
  tx: Transaction,
  jobId: string,
  ownerId?: string,
): Promise<string> {
  const found = await tx.query<OldJob>(
    `SELECT kind, state, params, seed, dataset_id, cross_validation_id, pruning_id
     FROM jobs WHERE id = $1 FOR UPDATE`,
    [jobId],
  );
  const old = found.rows[0];
  if (!old) throw new AppError("job-not-found", `No job has the id ${jobId}.`);
  if (old.state !== "failed" && old.state !== "cancelled") {
    throw new AppError("job-not-retryable", `The job is ${old.state}.`);
  }
  const later = await tx.query<{ id: string }>("SELECT id FROM jobs WHERE retry_of = $1", [jobId]);
  if (later.rows[0]) {
    throw new AppError("job-not-retryable", `The job was retried as ${later.rows[0].id}.`);
  }
  for (const id of uploadsOf(old.params)) await holdUpload(tx, id);
  const { source } = old.params as { source?: { datasetId?: string } };
  if (source?.datasetId !== undefined) await readyDataset(tx, source.datasetId);
  await reopenResource(tx, jobId, old);
  // Also a finished fold is done anew once its predictions have been swept away.
  const folds = await tx.query<{ fold: number; finished: boolean }>(
    `SELECT t.fold, t.state = 'succeeded' AND NOT EXISTS (SELECT 1 FROM folds f
       WHERE f.task_id = t.id AND f.finished_at IS NULL) AS finished
     FROM tasks t WHERE t.job_id = $1 AND t.fold IS NOT NULL ORDER BY t.fold`,
    [jobId],
  );
  const foldsOf = (isFinished: boolean) =>
    folds.rows.filter(({ finished }) => finished === isFinished).map((t) => t.fold);
  const retryId = newId("job");
  await insertJob(tx, {
    id: retryId,
    kind: old.kind,
    params: old.params,
    seed: old.seed === null ? null : Number(old.seed),
    datasetId: old.dataset_id,
    retryOf: jobId,
    ownerId,
    ...(old.cross_validation_id ? { crossValidationId: old.cross_validation_id } : {}),
    ...(old.pruning_id ? { pruningId: old.pruning_id } : {}),
    ...(folds.rows.length > 0 ? { folds: foldsOf(false) } : {}),
  });
  await takeOverFinished(tx, jobId, retryId, foldsOf(true));
  await pointResource(tx, retryId);
  return retryId;
}

function uploadsOf(params: unknown): string[] {
  const { source, probabilitiesUploadId, foldsUploadId, training } = params as {
    source?: { uploadId?: string };
    probabilitiesUploadId?: string;
    foldsUploadId?: string;
    training?: { softTargets?: { uploadId?: string } };
  };
  const softTargets = training?.softTargets?.uploadId;
  return [source?.uploadId, probabilitiesUploadId, foldsUploadId, softTargets].filter(
    (id) => id !== undefined,
  );
}

/** What the old job was to make is under way again, if it is still there. */
async function reopenResource(tx: Transaction, jobId: string, old: OldJob): Promise<void> {
  const statements: Record<JobKind, [sql: string, id: string | null]> = {
    "dataset-ingest": ["UPDATE datasets SET state = 'ingesting' WHERE id = $1", old.dataset_id],
    "fold-training": [
      "UPDATE cross_validations SET state = 'training' WHERE id = $1",
      old.cross_validation_id,
    ],
    "probability-import": [
      "UPDATE cross_validations SET state = 'training' WHERE id = $1",
      old.cross_validation_id,
    ],
    pruning: ["UPDATE prunings SET state = 'pending' WHERE id = $1", old.pruning_id],
  };
  const [sql, id] = statements[old.kind];
  const { rowCount } = await tx.query(sql, [id]);
  if (!rowCount) {
    throw new AppError("job-not-retryable", `What ${jobId} was to make has been deleted.`);
  }
}

/** The new job's tasks of folds that were finished: nothing is left to do for them. */
async function takeOverFinished(
  tx: Transaction,
  oldJobId: string,
  retryId: string,
  folds: readonly number[],
): Promise<void> {
  await tx.query(
    `INSERT INTO tasks (id, job_id, kind, fold, state, attempt, step, steps, metrics, started_at,
       finished_at)
     SELECT n.id, $2, o.kind, o.fold, o.state, o.attempt, o.step, o.steps, o.metrics, o.started_at,
       o.finished_at
     FROM unnest($3::int[], $4::text[]) AS n (fold, id) JOIN tasks o ON o.fold = n.fold
     WHERE o.job_id = $1`,
    [oldJobId, retryId, folds, folds.map(() => newId("task"))],
  );
}

/** What the job makes names the job that makes it, and its folds their tasks. */
async function pointResource(tx: Transaction, jobId: string): Promise<void> {
  await tx.query(
    `UPDATE folds f SET task_id = t.id FROM jobs j JOIN tasks t ON t.job_id = j.id
     WHERE j.id = $1 AND f.cross_validation_id = j.cross_validation_id AND f.fold = t.fold`,
    [jobId],
  );
  await tx.query(
    `UPDATE cross_validations SET job_id = $1 WHERE id =
       (SELECT cross_validation_id FROM jobs WHERE id = $1 AND kind <> 'pruning')`,
    [jobId],
  );
  await tx.query(
    `UPDATE prunings SET job_id = $1 WHERE id =
       (SELECT pruning_id FROM jobs WHERE id = $1 AND kind = 'pruning')`,
    [jobId],
  );
}
