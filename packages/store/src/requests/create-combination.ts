import { AppError, type CombinationParams, type FieldError } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { createPartition } from "../database/partitions.js";
import { insertJob } from "../queue/insert-job.js";
import { holdInputs } from "./hold-inputs.js";
import { readyDataset } from "./ready-dataset.js";

interface Part {
  readonly id: string;
  readonly dataset_id: string;
  readonly rows: number;
  readonly class_count: number;
}

/**
 * Makes a cross-validation whose probabilities will be the mean of others'. Throws
 * `cross-validation-not-found`, `cross-validation-not-finished`, `cross-validations-differ`.
 */
export async function createCombination(
  tx: Transaction,
  params: CombinationParams,
  ownerId?: string,
): Promise<string> {
  const { crossValidationIds } = params;
  await holdInputs(tx, "combination", params);
  const { rows: parts } = await tx.query<Part>(
    `SELECT id, dataset_id, rows, class_count FROM cross_validations
     WHERE id = ANY($1) ORDER BY array_position($1, id)`,
    [crossValidationIds],
  );
  const first = parts[0]!;
  assertAlike(parts);
  await readyDataset(tx, first.dataset_id);
  const [crossValidationId, jobId] = [newId("crossValidation"), newId("job")];
  const { rows } = await tx.query<{ key: number }>(
    `INSERT INTO cross_validations (id, dataset_id, job_id, state, rows, class_count, folds, seed,
       configuration, owner_id, combined_of)
     VALUES ($1, $2, $3, 'training', $4, $5, 1, 0, $6, $7, $8) RETURNING key`,
    [
      crossValidationId,
      first.dataset_id,
      jobId,
      first.rows,
      first.class_count,
      JSON.stringify(params),
      ownerId ?? null,
      crossValidationIds,
    ],
  );
  await createPartition(tx, "fold_probabilities", rows[0]!.key);
  await insertJob(tx, {
    id: jobId,
    kind: "combination",
    params,
    seed: null,
    datasetId: first.dataset_id,
    crossValidationId,
    ownerId,
  });
  return jobId;
}

/** Each part that does not fit the first one is named with what differs. */
function assertAlike([first, ...others]: readonly Part[]): void {
  const errors = others.flatMap((part, i): FieldError[] => {
    const fault = difference(first!, part);
    return fault ? [{ pointer: `/crossValidationIds/${i + 1}`, detail: fault }] : [];
  });
  if (errors.length === 0) return;
  throw new AppError("cross-validations-differ", `${errors[0]!.detail}.`, { errors });
}

function difference(first: Part, part: Part): string | null {
  if (part.dataset_id !== first.dataset_id) {
    return `${part.id} is of the dataset ${part.dataset_id}, and ${first.id} of ${first.dataset_id}: their rows are not the same`;
  }
  if (part.rows !== first.rows) {
    return `${part.id} has ${part.rows} rows, and ${first.id} ${first.rows}`;
  }
  return part.class_count === first.class_count
    ? null
    : `${part.id} has ${part.class_count} classes, and ${first.id} ${first.class_count}`;
}
