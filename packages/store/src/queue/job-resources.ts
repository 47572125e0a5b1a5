import { describeJob, type JobKind, type JobResource } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";

/** The columns of a job's row that name what it makes or works on. */
export interface JobIds {
  readonly kind: JobKind;
  readonly dataset_id: string | null;
  readonly cross_validation_id: string | null;
  readonly pruning_id: string | null;
}

interface Resource {
  /** The column of `jobs` that names it. */
  readonly column: Exclude<keyof JobIds, "kind">;
  /** Ends the resource ($1) without its data, if it has none yet. */
  readonly fail: string;
  /** Begins the resource ($1) again, for the job $2. */
  readonly reopen: string;
}

const RESOURCES: Readonly<Record<JobResource, Resource>> = {
  dataset: {
    column: "dataset_id",
    fail: `UPDATE datasets SET state = 'failed', updated_at = now()
      WHERE id = $1 AND state = 'ingesting'`,
    // A dataset does not name its job.
    reopen: "UPDATE datasets SET state = 'ingesting' WHERE id = $1 AND $2::text IS NOT NULL",
  },
  "cross-validation": {
    column: "cross_validation_id",
    fail: "UPDATE cross_validations SET state = 'failed' WHERE id = $1 AND state = 'training'",
    reopen: "UPDATE cross_validations SET state = 'training', job_id = $2 WHERE id = $1",
  },
  pruning: {
    column: "pruning_id",
    fail: "UPDATE prunings SET state = 'failed' WHERE id = $1 AND state = 'pending'",
    reopen: "UPDATE prunings SET state = 'pending', job_id = $2 WHERE id = $1",
  },
};

const resourceOf = ({ kind }: Pick<JobIds, "kind">): Resource | null => {
  const { makes } = describeJob(kind);
  return makes && RESOURCES[makes];
};

/** A resource that its job has not made must not look as if the job were still at it. */
export async function failResource(tx: Transaction, jobId: string): Promise<void> {
  const { rows } = await tx.query<JobIds>(
    "SELECT kind, dataset_id, cross_validation_id, pruning_id FROM jobs WHERE id = $1",
    [jobId],
  );
  const job = rows[0];
  const resource = job && resourceOf(job);
  if (job && resource) await tx.query(resource.fail, [job[resource.column]]);
}

/** Begins what the job was to make again, for the job that retries it; false if it is deleted. */
export async function reopenResource(
  tx: Transaction,
  job: JobIds,
  retryId: string,
): Promise<boolean> {
  const resource = resourceOf(job);
  if (!resource) return true;
  const { rowCount } = await tx.query(resource.reopen, [job[resource.column], retryId]);
  return rowCount === 1;
}
