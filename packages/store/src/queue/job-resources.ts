import { describeJob, type JobKind, type JobResource } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { failRun, reopenRun } from "../states/cross-validation-state.js";
import { failDataset, reopenDataset } from "../states/dataset-state.js";
import { failPruning, reopenPruning } from "../states/pruning-state.js";

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
  /** Ends the resource without its data, if it has none yet. */
  readonly fail: (tx: Transaction, id: string) => Promise<void>;
  /** Begins a failed resource again for another job; false if it is deleted. */
  readonly reopen: (tx: Transaction, id: string, jobId: string) => Promise<boolean>;
}

const RESOURCES: Readonly<Record<JobResource, Resource>> = {
  dataset: { column: "dataset_id", fail: failDataset, reopen: reopenDataset },
  "cross-validation": { column: "cross_validation_id", fail: failRun, reopen: reopenRun },
  pruning: { column: "pruning_id", fail: failPruning, reopen: reopenPruning },
};

const resourceOf = ({ kind }: Pick<JobIds, "kind">): Resource | null => {
  const { makes } = describeJob(kind);
  return makes && RESOURCES[makes];
};

/** Fails what the job has not made, so that it does not look as if the job still worked on it. */
export async function failResource(tx: Transaction, jobId: string): Promise<void> {
  const { rows } = await tx.query<JobIds>(
    "SELECT kind, dataset_id, cross_validation_id, pruning_id FROM jobs WHERE id = $1",
    [jobId],
  );
  const job = rows[0];
  const resource = job && resourceOf(job);
  const id = resource && job[resource.column];
  if (id) await resource.fail(tx, id);
}

/** Restarts the job's output for the job that retries it; false if the output was deleted. */
export async function reopenResource(
  tx: Transaction,
  job: JobIds,
  retryId: string,
): Promise<boolean> {
  const resource = resourceOf(job);
  if (!resource) return true;
  const id = job[resource.column];
  return id !== null && (await resource.reopen(tx, id, retryId));
}
