import { AppError, type PruningOptions, type PruningParams } from "@winnow/contracts";
import type { Transaction } from "./client.js";
import { newId } from "./ids.js";
import { insertJobs, type NewJob } from "./insert-job.js";

interface Run {
  readonly id: string;
  readonly state: string;
  readonly dataset_id: string;
  readonly class_count: number;
}

/** Makes the pruning. Throws `cross-validation-not-found`, `cross-validation-not-finished`. */
export async function createPruning(
  tx: Transaction,
  params: PruningParams,
  ownerId?: string,
): Promise<string> {
  const { crossValidationId, ...options } = params;
  const run = (await lockRuns(tx, [crossValidationId])).get(crossValidationId);
  const datasetId = prunableDataset(run, params);
  return insertPruning(tx, datasetId, crossValidationId, options, { ownerId });
}

/**
 * The runs of these ids that exist, by id, locked as the pruning's foreign key locks them anyway: of
 * a run that is ready nothing but its end is to be feared.
 */
export async function lockRuns(
  tx: Transaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Run>> {
  const { rows } = await tx.query<Run>({
    name: "lock-cross-validations",
    text: `SELECT id, state, dataset_id, class_count FROM cross_validations
     WHERE id = ANY($1) ORDER BY id FOR KEY SHARE`,
    values: [ids],
  });
  return new Map(rows.map((run) => [run.id, run]));
}

/** The dataset of a run that can be pruned so; throws what `createPruning` throws. */
export function prunableDataset(run: Run | undefined, params: PruningParams): string {
  if (!run) {
    throw new AppError(
      "cross-validation-not-found",
      `No cross-validation has the id ${params.crossValidationId}.`,
    );
  }
  if (run.state !== "ready") {
    throw new AppError(
      "cross-validation-not-finished",
      `The cross-validation is ${run.state}; a pruning needs every fold's probabilities.`,
    );
  }
  const removals = params.numToRemovePerClass;
  if (removals && removals.length !== run.class_count) {
    throw new AppError(
      "invalid-parameters",
      `numToRemovePerClass has ${removals.length} numbers; the data has ${run.class_count} classes.`,
      { errors: [{ pointer: "/numToRemovePerClass", detail: `needs ${run.class_count} numbers` }] },
    );
  }
  return run.dataset_id;
}

/** The pruning asked for with a fold-training job; called in the last fold's own transaction. */
export async function insertPruning(
  tx: Transaction,
  datasetId: string,
  crossValidationId: string,
  options: PruningOptions,
  by: Pick<NewJob, "ownerId" | "queuedBy"> = {},
): Promise<string> {
  const job = pruningJob(datasetId, { crossValidationId, ...options }, by);
  await insertPrunings(tx, [job]);
  return job.id;
}

export interface PruningJob extends NewJob {
  readonly params: PruningParams;
  readonly pruningId: string;
}

/** The job of a pruning that is yet to be written. */
export function pruningJob(
  datasetId: string,
  params: PruningParams,
  by: Pick<NewJob, "ownerId" | "queuedBy">,
): PruningJob {
  const { crossValidationId } = params;
  const [id, pruningId] = [newId("job"), newId("pruning")];
  return {
    id,
    kind: "pruning",
    params,
    seed: null,
    datasetId,
    crossValidationId,
    pruningId,
    ...by,
  };
}

/** Writes prunings and their jobs; returns when, by the clock of Postgres. */
export async function insertPrunings(tx: Transaction, jobs: readonly PruningJob[]): Promise<Date> {
  const prunings = jobs.map(({ id: jobId, pruningId, params }) => {
    const { crossValidationId, ...parameters } = params;
    return { id: pruningId, crossValidationId, jobId, parameters };
  });
  await tx.query({
    name: "insert-prunings",
    text: `INSERT INTO prunings (id, cross_validation_id, job_id, state, parameters)
     SELECT id, "crossValidationId", "jobId", 'pending', parameters
     FROM json_to_recordset($1)
       AS p (id text, "crossValidationId" text, "jobId" text, parameters jsonb)`,
    values: [JSON.stringify(prunings)],
  });
  return insertJobs(tx, jobs);
}
