import { AppError, type ComparisonParams } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { insertJob } from "../queue/insert-job.js";
import { holdInputs } from "./hold-inputs.js";

/**
 * Makes the job, which reads the pruning's run and dataset, and the one to judge on. Throws
 * `pruning-not-found`, `pruning-not-finished`, `dataset-not-found`, `dataset-not-ready`,
 * `classes-mismatch`, `folds-exceed-rows`, `invalid-parameters`.
 */
export async function createComparison(
  tx: Transaction,
  params: ComparisonParams,
  ownerId?: string,
): Promise<string> {
  await holdInputs(tx, "comparison", params);
  const { rows } = await tx.query<{ run: string; dataset: string; rows: number; joint: boolean }>(
    `SELECT c.id AS run, c.dataset_id AS dataset, c.rows,
       coalesce(p.matrices ? 'posteriorJoint', false) AS joint
     FROM prunings p JOIN cross_validations c ON c.id = p.cross_validation_id WHERE p.id = $1`,
    [params.pruningId],
  );
  const found = rows[0]!;
  if (!found.joint) {
    const detail = "The pruning kept no joint; prune the cross-validation again";
    throw new AppError("invalid-parameters", `${detail}.`, {
      errors: [{ pointer: "/pruningId", detail }],
    });
  }
  if (params.folds > found.rows) {
    throw new AppError(
      "folds-exceed-rows",
      `${params.folds} folds need at least as many rows; the dataset has ${found.rows}.`,
      { errors: [{ pointer: "/folds", detail: `at most ${found.rows}` }] },
    );
  }
  if (params.testDatasetId !== undefined) {
    await requireSameClasses(tx, params.testDatasetId, found.dataset);
  }
  const id = newId("job");
  await insertJob(tx, {
    id,
    kind: "comparison",
    params,
    seed: params.seed,
    datasetId: found.dataset,
    crossValidationId: found.run,
    pruningId: params.pruningId,
    ownerId,
  });
  return id;
}

/** A row of another class could not be judged: no model knows it. */
async function requireSameClasses(tx: Transaction, testId: string, ownId: string): Promise<void> {
  const { rows } = await tx.query<{ name: string }>(
    `SELECT name FROM classes WHERE dataset_id = $1
     EXCEPT SELECT name FROM classes WHERE dataset_id = $2 ORDER BY name LIMIT 20`,
    [testId, ownId],
  );
  if (rows.length === 0) return;
  const names = rows.map(({ name }) => name);
  throw new AppError(
    "classes-mismatch",
    `The test dataset has classes that the pruned one lacks: ${names.join(", ")}. Ingest it with aliases to the other's names.`,
    { errors: names.map((name) => ({ pointer: "/testDatasetId", detail: `${name} is unknown` })) },
  );
}
