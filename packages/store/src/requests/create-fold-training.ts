import {
  AppError,
  embeddingUploads,
  encodesRows,
  encodingShards,
  epochChoiceOf,
  type FoldTrainingParams,
  foldsOf,
  isNetwork,
  modelKindOf,
  type OwnWarning,
  recipeOf,
  trainingFaults,
  uploadOf,
} from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { createPartition } from "../database/partitions.js";
import { holdUpload } from "../datasets/uploads.js";
import { holdPruning } from "../prunings/hold-pruning.js";
import { insertJob, type NewTask } from "../queue/insert-job.js";
import { checkClasses } from "./check-classes.js";
import { readyDataset } from "./ready-dataset.js";

/**
 * Makes the cross-validation with its folds and the partition of its probabilities, and one task a
 * fold, with an encoder or an endpoint one a shard of the texts too. Throws `dataset-not-found`, `dataset-not-ready`, `single-class`, `folds-exceed-rows`,
 * `invalid-parameters`; for soft targets what their pruning or upload lacks.
 */
export const createFoldTraining = (
  tx: Transaction,
  asked: FoldTrainingParams,
  ownerId?: string,
): Promise<string> => insertTraining(tx, asked, ownerId);

/** The same as a part of another job's work. */
export async function insertTraining(
  tx: Transaction,
  asked: FoldTrainingParams,
  ownerId?: string,
): Promise<string> {
  const [fault, ...others] = trainingFaults(asked);
  if (fault) {
    throw new AppError("invalid-parameters", `${fault.pointer}: ${fault.detail}.`, {
      errors: [fault, ...others],
    });
  }
  const dataset = await readyDataset(tx, asked.datasetId);
  const epochChoice = epochChoiceOf(asked);
  const folds = foldsOf(asked, dataset.rows);
  // What the defaults came to is part of what the run records.
  const chosen = isNetwork(asked) ? { recipe: recipeOf(asked), epochChoice } : {};
  const params = { ...asked, folds, training: { ...asked.training, ...chosen } };
  if (folds > dataset.rows) {
    throw new AppError(
      "folds-exceed-rows",
      `${folds} folds need at least as many rows; the dataset has ${dataset.rows}.`,
      { errors: [{ pointer: "/folds", detail: `at most ${dataset.rows}` }] },
    );
  }
  for (const id of embeddingUploads(params.model)) await holdUpload(tx, id);
  await checkSoftTargets(tx, params);
  const [crossValidationId, jobId] = [newId("crossValidation"), newId("job")];
  const warnings = await smallClassWarnings(tx, params.datasetId, folds);
  const { rows } = await tx.query<{ key: number }>(
    `INSERT INTO cross_validations (id, dataset_id, job_id, state, rows, class_count, folds, seed,
       configuration, warnings, epoch_choice, owner_id)
     VALUES ($1, $2, $9, 'training', $3, $4, $5, $6, $7, $8, $10, $11) RETURNING key`,
    [
      crossValidationId,
      params.datasetId,
      dataset.rows,
      dataset.classCount,
      folds,
      params.seed,
      JSON.stringify(params),
      JSON.stringify(warnings),
      jobId,
      epochChoice,
      ownerId ?? null,
    ],
  );
  // Where folds vote, the chosen epoch's table becomes the partition.
  if (epochChoice !== "vote") {
    await createPartition(tx, "fold_probabilities", rows[0]!.key);
  }
  await insertJob(tx, {
    id: jobId,
    kind: "fold-training",
    params,
    seed: params.seed,
    datasetId: params.datasetId,
    crossValidationId,
    tasks: [...encodersTasks(params, dataset.rows), ...foldsTasks(params, folds)],
    ownerId,
  });
  // A task that comes later has its id already.
  await tx.query(
    `INSERT INTO folds (cross_validation_id, fold, task_id)
     SELECT $1, f.fold, coalesce(t.id, $4) FROM generate_series(0, $3 - 1) f (fold)
     LEFT JOIN tasks t ON t.job_id = $2 AND t.shard IS NULL AND coalesce(t.fold, f.fold) = f.fold`,
    [crossValidationId, jobId, folds, newId("task")],
  );
  return jobId;
}

/** One task for each shard of the texts that an encoder or an endpoint makes vectors of. */
function encodersTasks({ model }: FoldTrainingParams, rows: number): NewTask[] {
  const shards = encodingShards(model, rows);
  return Array.from({ length: shards }, (_, shard) => ({ kind: "encode-rows", fold: null, shard }));
}

/** One task for each fold, or one for all of them, which the encoder's end queues where there is one. */
function foldsTasks(params: FoldTrainingParams, folds: number): NewTask[] {
  const model = modelKindOf(params);
  if (model === "quick") {
    return encodesRows(params.model) ? [] : [{ kind: "quick-folds", fold: null }];
  }
  const kind = model === "linear" ? "linear-fold" : "fold-training";
  return Array.from({ length: folds }, (_, fold) => ({ kind, fold }));
}

async function checkSoftTargets(tx: Transaction, params: FoldTrainingParams): Promise<void> {
  const source = params.training.softTargets;
  if (source?.type === "upload") {
    for (const id of [source.uploadId, ...uploadOf(source.classes)]) await holdUpload(tx, id);
    await checkClasses(tx, params.datasetId, source.classes);
  }
  if (source?.type !== "pruning") return;
  const pointer = "/training/softTargets/pruningId";
  const { datasetId, hasPosteriorJoint } = await holdPruning(tx, source.pruningId, pointer);
  const fault =
    datasetId !== params.datasetId
      ? `The pruning is of the dataset ${datasetId}; it cannot be used for another dataset`
      : hasPosteriorJoint
        ? null
        : "The pruning kept no joint; prune the cross-validation again";
  if (fault === null) return;
  throw new AppError("invalid-parameters", `${fault}.`, { errors: [{ pointer, detail: fault }] });
}

/** A class with fewer samples than folds is missing from some folds' test part: say which. */
async function smallClassWarnings(
  tx: Transaction,
  datasetId: string,
  folds: number,
): Promise<OwnWarning[]> {
  const { rows } = await tx.query<{ name: string; count: number }>(
    "SELECT name, count FROM classes WHERE dataset_id = $1 AND count < $2 ORDER BY count, index",
    [datasetId, folds],
  );
  if (rows.length === 0) return [];
  const named = rows.slice(0, 10).map((c) => `${c.name} (${c.count})`);
  const more = rows.length > named.length ? ` and ${rows.length - named.length} more` : "";
  return [
    {
      code: "class-smaller-than-folds",
      message: `${rows.length} classes have fewer samples than the ${folds} folds and are spread over some of them: ${named.join(", ")}${more}.`,
    },
  ];
}
