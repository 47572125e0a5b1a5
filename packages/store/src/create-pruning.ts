import { AppError, type PruningOptions, type PruningParams } from "@winnow/contracts";
import type { Transaction } from "./client.js";
import { newId } from "./ids.js";
import { insertJob, type NewJob } from "./insert-job.js";

/** Makes the pruning. Throws `cross-validation-not-found`, `cross-validation-not-finished`. */
export async function createPruning(
  tx: Transaction,
  params: PruningParams,
  ownerId?: string,
): Promise<string> {
  const { crossValidationId, ...options } = params;
  const { rows } = await tx.query<{ state: string; dataset_id: string; class_count: number }>({
    name: "lock-cross-validation",
    // The lock that the pruning's foreign key takes anyway: of a run that is ready nothing but its
    // end is to be feared.
    text: `SELECT state, dataset_id, class_count FROM cross_validations WHERE id = $1
     FOR KEY SHARE`,
    values: [crossValidationId],
  });
  const run = rows[0];
  if (!run) {
    throw new AppError(
      "cross-validation-not-found",
      `No cross-validation has the id ${crossValidationId}.`,
    );
  }
  if (run.state !== "ready") {
    throw new AppError(
      "cross-validation-not-finished",
      `The cross-validation is ${run.state}; a pruning needs every fold's probabilities.`,
    );
  }
  const removals = options.numToRemovePerClass;
  if (removals && removals.length !== run.class_count) {
    throw new AppError(
      "invalid-parameters",
      `numToRemovePerClass has ${removals.length} numbers; the data has ${run.class_count} classes.`,
      { errors: [{ pointer: "/numToRemovePerClass", detail: `needs ${run.class_count} numbers` }] },
    );
  }
  return insertPruning(tx, run.dataset_id, crossValidationId, options, { ownerId });
}

/** The pruning asked for with a fold-training job; called in the last fold's own transaction. */
export async function insertPruning(
  tx: Transaction,
  datasetId: string,
  crossValidationId: string,
  options: PruningOptions,
  by: Pick<NewJob, "ownerId" | "queuedBy"> = {},
): Promise<string> {
  const [pruningId, jobId] = [newId("pruning"), newId("job")];
  await tx.query({
    name: "insert-pruning",
    text: `INSERT INTO prunings (id, cross_validation_id, job_id, state, parameters)
     VALUES ($1, $2, $3, 'pending', $4)`,
    values: [pruningId, crossValidationId, jobId, JSON.stringify(options)],
  });
  await insertJob(tx, {
    id: jobId,
    kind: "pruning",
    params: { crossValidationId, ...options },
    seed: null,
    datasetId,
    crossValidationId,
    pruningId,
    ...by,
  });
  return jobId;
}
