import type { ProbabilityImportParams } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { createPartition } from "../database/partitions.js";
import { insertJob } from "../queue/insert-job.js";
import { checkClasses } from "./check-classes.js";
import { holdInputs } from "./hold-inputs.js";

/**
 * Makes a cross-validation whose probabilities are imported. Throws `dataset-not-found`,
 * `dataset-not-ready`, `single-class`, `upload-not-found`, `upload-incomplete`, `classes-mismatch`.
 */
export async function createProbabilityImport(
  tx: Transaction,
  params: ProbabilityImportParams,
  ownerId?: string,
): Promise<string> {
  const { datasetId } = params;
  const { datasets } = await holdInputs(tx, "probability-import", params);
  const dataset = datasets[0]!;
  await checkClasses(tx, datasetId, params.classes);
  const [crossValidationId, jobId] = [newId("crossValidation"), newId("job")];
  const { rows } = await tx.query<{ key: number }>(
    `INSERT INTO cross_validations (id, dataset_id, job_id, state, rows, class_count, folds, seed,
       configuration, owner_id)
     VALUES ($1, $2, $6, 'training', $3, $4, 1, 0, $5, $7) RETURNING key`,
    [
      crossValidationId,
      datasetId,
      dataset.rows,
      dataset.classCount,
      JSON.stringify(params),
      jobId,
      ownerId ?? null,
    ],
  );
  await createPartition(tx, "fold_probabilities", rows[0]!.key);
  await insertJob(tx, {
    id: jobId,
    kind: "probability-import",
    params,
    seed: null,
    datasetId,
    crossValidationId,
    ownerId,
  });
  return jobId;
}
