import type { FindingsParams } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { insertJob } from "../queue/insert-job.js";
import { holdInputs } from "./hold-inputs.js";
import { readyDataset } from "./ready-dataset.js";

/**
 * Makes the job, which reads the run and its dataset. Throws `cross-validation-not-found`,
 * `cross-validation-not-finished`.
 */
export async function createFindings(
  tx: Transaction,
  params: FindingsParams,
  ownerId?: string,
): Promise<string> {
  await holdInputs(tx, "findings", params);
  const { rows } = await tx.query<{ dataset: string }>(
    "SELECT dataset_id AS dataset FROM cross_validations WHERE id = $1",
    [params.crossValidationId],
  );
  const datasetId = rows[0]!.dataset;
  await readyDataset(tx, datasetId);
  const id = newId("job");
  await insertJob(tx, {
    id,
    kind: "findings",
    params,
    seed: null,
    datasetId,
    crossValidationId: params.crossValidationId,
    ownerId,
  });
  return id;
}
