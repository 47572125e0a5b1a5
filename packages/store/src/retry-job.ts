import { AppError, type JobKind, type JobState } from "@winnow/contracts";
import type { Transaction } from "./client.js";
import { insertJob } from "./insert-job.js";
import { holdUpload } from "./uploads.js";

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
 * `upload-not-found` where the file that it reads has been swept away.
 */
export async function createRetry(tx: Transaction, jobId: string): Promise<string> {
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
  await reopenResource(tx, jobId, old);
  const folds = await tx.query<{ fold: number }>(
    "SELECT fold FROM tasks WHERE job_id = $1 AND fold IS NOT NULL ORDER BY fold",
    [jobId],
  );
  const newId = await insertJob(tx, {
    kind: old.kind,
    params: old.params,
    seed: old.seed === null ? null : Number(old.seed),
    datasetId: old.dataset_id,
    retryOf: jobId,
    ...(old.cross_validation_id ? { crossValidationId: old.cross_validation_id } : {}),
    ...(old.pruning_id ? { pruningId: old.pruning_id } : {}),
    ...(folds.rows.length > 0 ? { folds: folds.rows.map((row) => row.fold) } : {}),
  });
  await takeOverFinishedFolds(tx, jobId, newId);
  return newId;
}

function uploadsOf(params: unknown): string[] {
  const { source, probabilitiesUploadId, foldsUploadId } = params as {
    source?: { uploadId?: string };
    probabilitiesUploadId?: string;
    foldsUploadId?: string;
  };
  return [source?.uploadId, probabilitiesUploadId, foldsUploadId].filter((id) => id !== undefined);
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

async function takeOverFinishedFolds(
  tx: Transaction,
  oldJobId: string,
  newJobId: string,
): Promise<void> {
  await tx.query(
    `UPDATE tasks n SET state = 'succeeded', attempt = o.attempt, step = o.step, steps = o.steps,
       metrics = o.metrics, started_at = o.started_at, finished_at = o.finished_at
     FROM tasks o WHERE n.job_id = $2 AND o.job_id = $1 AND o.fold = n.fold
       AND o.state = 'succeeded'`,
    [oldJobId, newJobId],
  );
  // Their entries would find nothing to do; they need not go out at all.
  await tx.query(
    `UPDATE outbox SET sent_at = now() WHERE task_id IN
       (SELECT id FROM tasks WHERE job_id = $1 AND state = 'succeeded')`,
    [newJobId],
  );
  await tx.query(
    `UPDATE folds f SET task_id = t.id FROM jobs j JOIN tasks t ON t.job_id = j.id
     WHERE j.id = $1 AND f.cross_validation_id = j.cross_validation_id AND f.fold = t.fold`,
    [newJobId],
  );
  await tx.query(
    `UPDATE cross_validations SET job_id = $1 WHERE id =
       (SELECT cross_validation_id FROM jobs WHERE id = $1 AND kind <> 'pruning')`,
    [newJobId],
  );
  await tx.query(
    `UPDATE prunings SET job_id = $1 WHERE id =
       (SELECT pruning_id FROM jobs WHERE id = $1 AND kind = 'pruning')`,
    [newJobId],
  );
}
