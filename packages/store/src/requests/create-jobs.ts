import {
  AppError,
  type DatasetIngestParams,
  epochChoiceOf,
  type FoldTrainingParams,
  type ProbabilityImportParams,
  recipeOf,
  trainingFaults,
  type Warning,
} from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { createPartition } from "../database/partitions.js";
import { holdUpload } from "../datasets/uploads.js";
import { insertJob } from "../queue/insert-job.js";

/**
 * Makes the dataset (state `ingesting`) and its job. Throws `upload-not-found`, `upload-incomplete`;
 * for a derived dataset `dataset-not-found`, `dataset-not-ready`.
 */
export async function createDatasetIngest(
  tx: Transaction,
  params: DatasetIngestParams,
  ownerId?: string,
): Promise<string> {
  const { source } = params;
  if (source.type === "upload") await holdUpload(tx, source.uploadId);
  if (source.type === "dataset") await readyDataset(tx, source.datasetId);
  const datasetId = newId("dataset");
  await tx.query(
    `INSERT INTO datasets (id, name, state, source, params, parent_id)
     VALUES ($1, $2, 'ingesting', $3, $4, $5)`,
    [
      datasetId,
      params.name,
      JSON.stringify(source),
      JSON.stringify(params),
      source.type === "dataset" ? source.datasetId : null,
    ],
  );
  const jobId = newId("job");
  await insertJob(tx, {
    id: jobId,
    kind: "dataset-ingest",
    params,
    seed: params.sampling?.seed ?? params.noise?.seed ?? null,
    datasetId,
    ownerId,
  });
  return jobId;
}

/**
 * Makes the cross-validation with its folds and the partition of its probabilities, and one task a
 * fold. Throws `dataset-not-found`, `dataset-not-ready`, `single-class`, `folds-exceed-rows`,
 * `invalid-parameters`; for soft targets what their pruning or upload lacks.
 */
export async function createFoldTraining(
  tx: Transaction,
  asked: FoldTrainingParams,
  ownerId?: string,
): Promise<string> {
  const epochChoice = epochChoiceOf(asked);
  // What the defaults came to is part of what the run records.
  const params: FoldTrainingParams = {
    ...asked,
    training: { ...asked.training, recipe: recipeOf(asked), epochChoice },
  };
  const [fault, ...others] = trainingFaults(params);
  if (fault) {
    throw new AppError("invalid-parameters", `${fault.pointer}: ${fault.detail}.`, {
      errors: [fault, ...others],
    });
  }
  const dataset = await readyDataset(tx, params.datasetId);
  if (params.folds > dataset.rows) {
    throw new AppError(
      "folds-exceed-rows",
      `${params.folds} folds need at least as many rows; the dataset has ${dataset.rows}.`,
      { errors: [{ pointer: "/folds", detail: `at most ${dataset.rows}` }] },
    );
  }
  await checkSoftTargets(tx, params);
  const [crossValidationId, jobId] = [newId("crossValidation"), newId("job")];
  const warnings = await smallClassWarnings(tx, params.datasetId, params.folds);
  const { rows } = await tx.query<{ key: number }>(
    `INSERT INTO cross_validations (id, dataset_id, job_id, state, rows, class_count, folds, seed,
       configuration, warnings, epoch_choice)
     VALUES ($1, $2, $9, 'training', $3, $4, $5, $6, $7, $8, $10) RETURNING key`,
    [
      crossValidationId,
      params.datasetId,
      dataset.rows,
      dataset.classCount,
      params.folds,
      params.seed,
      JSON.stringify(params),
      JSON.stringify(warnings),
      jobId,
      epochChoice,
    ],
  );
  // Where folds vote, the chosen epoch's table becomes the partition.
  if (epochChoice !== "vote") {
    await createPartition(tx, "fold_probabilities", (rows[0] as { key: number }).key);
  }
  const folds = Array.from({ length: params.folds }, (_, fold) => fold);
  await insertJob(tx, {
    id: jobId,
    kind: "fold-training",
    params,
    seed: params.seed,
    datasetId: params.datasetId,
    crossValidationId,
    folds,
    ownerId,
  });
  await tx.query(
    `INSERT INTO folds (cross_validation_id, fold, task_id)
     SELECT $1, t.fold, t.id FROM tasks t WHERE t.job_id = $2`,
    [crossValidationId, jobId],
  );
  return jobId;
}

async function checkSoftTargets(tx: Transaction, params: FoldTrainingParams): Promise<void> {
  const source = params.training.softTargets;
  if (source?.type === "upload") await holdUpload(tx, source.uploadId);
  if (source?.type !== "pruning") return;
  const { rows } = await tx.query<{ state: string; dataset_id: string; joint: boolean }>(
    `SELECT p.state, c.dataset_id, coalesce(p.matrices ? 'posteriorJoint', false) AS joint
     FROM prunings p JOIN cross_validations c ON c.id = p.cross_validation_id
     WHERE p.id = $1 FOR SHARE OF p`,
    [source.pruningId],
  );
  const pruning = rows[0];
  const pointer = "/training/softTargets/pruningId";
  if (!pruning) {
    throw new AppError("pruning-not-found", `No pruning has the id ${source.pruningId}.`, {
      errors: [{ pointer, detail: "There is no such pruning" }],
    });
  }
  if (pruning.state !== "ready") {
    throw new AppError("pruning-not-finished", `The pruning is ${pruning.state}.`);
  }
  const fault =
    pruning.dataset_id !== params.datasetId
      ? `The pruning is of the dataset ${pruning.dataset_id}; its posterior says nothing of others`
      : pruning.joint
        ? null
        : "The pruning kept no joint; prune the cross-validation again";
  if (fault === null) return;
  throw new AppError("invalid-parameters", `${fault}.`, { errors: [{ pointer, detail: fault }] });
}

/**
 * Makes a cross-validation whose probabilities are imported. Throws `dataset-not-found`,
 * `dataset-not-ready`, `single-class`, `upload-not-found`, `upload-incomplete`.
 */
export async function createProbabilityImport(
  tx: Transaction,
  params: ProbabilityImportParams,
  ownerId?: string,
): Promise<string> {
  const { datasetId, probabilitiesUploadId, foldsUploadId } = params;
  const dataset = await readyDataset(tx, datasetId);
  await holdUpload(tx, probabilitiesUploadId);
  if (foldsUploadId) await holdUpload(tx, foldsUploadId);
  const [crossValidationId, jobId] = [newId("crossValidation"), newId("job")];
  const { rows } = await tx.query<{ key: number }>(
    `INSERT INTO cross_validations (id, dataset_id, job_id, state, rows, class_count, folds, seed,
       configuration)
     VALUES ($1, $2, $6, 'training', $3, $4, 1, 0, $5) RETURNING key`,
    [crossValidationId, datasetId, dataset.rows, dataset.classCount, JSON.stringify(params), jobId],
  );
  await createPartition(tx, "fold_probabilities", (rows[0] as { key: number }).key);
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

/** Holds a dataset that a job is to read. Throws `dataset-not-found`, `dataset-not-ready`, `single-class`. */
export async function readyDataset(
  tx: Transaction,
  datasetId: string,
): Promise<{ rows: number; classCount: number }> {
  const found = await tx.query<{ state: string; rows: number; class_count: number }>(
    "SELECT state, rows, class_count FROM datasets WHERE id = $1 FOR SHARE",
    [datasetId],
  );
  const dataset = found.rows[0];
  if (!dataset) throw new AppError("dataset-not-found", `No dataset has the id ${datasetId}.`);
  if (dataset.state !== "ready") {
    throw new AppError(
      "dataset-not-ready",
      dataset.state === "ingesting"
        ? "The dataset is still being read; wait until its ingest job has succeeded."
        : "The dataset's ingest failed; ingest the file again.",
    );
  }
  if (dataset.class_count < 2) {
    throw new AppError("single-class", "A dataset of one class has nothing to tell apart.");
  }
  return { rows: dataset.rows, classCount: dataset.class_count };
}

/** A class with fewer samples than folds is missing from some folds' test part: say which. */
async function smallClassWarnings(
  tx: Transaction,
  datasetId: string,
  folds: number,
): Promise<Warning[]> {
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
