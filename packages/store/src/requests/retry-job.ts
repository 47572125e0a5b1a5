import { AppError, describeJob, type JobState, type TaskKind } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { insertJob, type NewTask } from "../queue/insert-job.js";
import { type JobIds, reopenResource } from "../queue/job-resources.js";
import { holdInputs } from "./hold-inputs.js";

interface OldJob extends JobIds {
  state: JobState;
  params: unknown;
  seed: string | null;
}

interface OldTask {
  kind: TaskKind;
  fold: number | null;
  shard: number | null;
  finished: boolean;
}

/**
 * Makes a new job that repeats a failed or cancelled one, on the same dataset, cross-validation or
 * pruning; finished tasks stay finished. Throws `job-not-found`, `job-not-retryable`, and `upload-
 * not-found` or `dataset-not-found` if what it reads is gone.
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
    const detail = `Only failed or cancelled jobs can be retried; this one is ${old.state}.`;
    throw new AppError("job-not-retryable", detail);
  }
  const later = await tx.query<{ id: string }>("SELECT id FROM jobs WHERE retry_of = $1", [jobId]);
  if (later.rows[0]) {
    throw new AppError("job-not-retryable", `The job was retried as ${later.rows[0].id}.`);
  }
  const deleted = `The output of ${jobId} was deleted.`;
  // A deletion also locks the dataset first, so the two cannot deadlock.
  if (!(await holdDataset(tx, old.dataset_id))) throw new AppError("job-not-retryable", deleted);
  await holdInputs(tx, old.kind, old.params);
  const retryId = newId("job");
  const isOpen = await reopenResource(tx, old, retryId);
  if (!isOpen) throw new AppError("job-not-retryable", deleted);
  const tasks = await listTasks(tx, jobId);
  // What a job has queued is planned anew, by its first task.
  const { hasChildren } = describeJob(old.kind);
  const finished = hasChildren ? [] : tasks.filter((task) => task.finished);
  await insertJob(tx, {
    id: retryId,
    kind: old.kind,
    params: old.params,
    seed: old.seed === null ? null : Number(old.seed),
    retryOf: jobId,
    ownerId,
    ...(old.dataset_id ? { datasetId: old.dataset_id } : {}),
    ...(old.cross_validation_id ? { crossValidationId: old.cross_validation_id } : {}),
    ...(old.pruning_id ? { pruningId: old.pruning_id } : {}),
    tasks: tasks.filter((task) => !finished.includes(task)),
  });
  if (hasChildren) await takeOverChildren(tx, jobId, retryId);
  await takeOverFinished(tx, jobId, retryId, finished);
  await pointFolds(tx, retryId);
  return retryId;
}

/** What the old job queued becomes the new one's, and so do the cells of an experiment. */
async function takeOverChildren(tx: Transaction, jobId: string, retryId: string): Promise<void> {
  await tx.query("UPDATE jobs SET parent_id = $2 WHERE parent_id = $1", [jobId, retryId]);
  await tx.query("UPDATE experiment_cells SET job_id = $2 WHERE job_id = $1", [jobId, retryId]);
}

/** Locks the dataset that the job makes or that its run belongs to; false if it is gone. */
async function holdDataset(tx: Transaction, id: string | null): Promise<boolean> {
  if (id === null) return true;
  const { rowCount } = await tx.query("SELECT 1 FROM datasets WHERE id = $1 FOR SHARE", [id]);
  return rowCount === 1;
}

/** The old job's tasks. A finished fold is trained again if its predictions have been swept. */
async function listTasks(tx: Transaction, jobId: string): Promise<readonly OldTask[]> {
  const { rows } = await tx.query<OldTask>(
    `SELECT t.kind, t.fold, t.shard, t.state = 'succeeded' AND NOT EXISTS (SELECT 1 FROM folds f
       WHERE f.task_id = t.id AND f.finished_at IS NULL) AS finished
     FROM tasks t WHERE t.job_id = $1 ORDER BY t.created_at, t.fold, t.shard`,
    [jobId],
  );
  return rows;
}

/** Copies finished tasks to the new job: nothing is left to do for them. */
async function takeOverFinished(
  tx: Transaction,
  oldJobId: string,
  retryId: string,
  tasks: readonly NewTask[],
): Promise<void> {
  await tx.query(
    `INSERT INTO tasks (id, job_id, kind, fold, shard, state, attempt, step, steps, metrics,
       started_at, finished_at)
     SELECT n.id, $2, o.kind, o.fold, o.shard, o.state, o.attempt, o.step, o.steps, o.metrics, o.started_at,
       o.finished_at
     FROM unnest($3::text[], $4::int[], $5::int[], $6::text[]) AS n (kind, fold, shard, id)
     JOIN tasks o ON o.kind = n.kind AND o.fold IS NOT DISTINCT FROM n.fold
       AND o.shard IS NOT DISTINCT FROM n.shard
     WHERE o.job_id = $1`,
    [
      oldJobId,
      retryId,
      tasks.map(({ kind }) => kind),
      tasks.map(({ fold }) => fold),
      tasks.map(({ shard = null }) => shard),
      tasks.map(() => newId("task")),
    ],
  );
}

/** Points each fold to the task that trains it now: its own, or the one that trains all of them. */
async function pointFolds(tx: Transaction, jobId: string): Promise<void> {
  await tx.query(
    `UPDATE folds f SET task_id = t.id FROM jobs j JOIN tasks t ON t.job_id = j.id
     WHERE j.id = $1 AND f.cross_validation_id = j.cross_validation_id AND t.shard IS NULL
       AND (f.fold = t.fold OR NOT EXISTS (SELECT 1 FROM tasks u
         WHERE u.job_id = j.id AND u.fold IS NOT NULL))`,
    [jobId],
  );
}
