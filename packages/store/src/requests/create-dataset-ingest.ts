import {
  AppError,
  DatasetIngestParams,
  type DatasetSource,
  type NextTraining,
  type NoiseParams,
  trainingFaults,
} from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { holdPruning } from "../prunings/hold-pruning.js";
import { insertJob } from "../queue/insert-job.js";
import { holdInputs } from "./hold-inputs.js";

/**
 * Makes the dataset (state `ingesting`) and its job. Throws `upload-not-found`, `upload-incomplete`;
 * for a derived dataset `dataset-not-found`, `dataset-not-ready`, for a version `pruning-not-found`,
 * `pruning-not-finished`.
 */
export async function createDatasetIngest(
  tx: Transaction,
  params: DatasetIngestParams,
  ownerId?: string,
): Promise<string> {
  const { source, training } = params;
  if (training) refuseTraining(training);
  await holdInputs(tx, "dataset-ingest", params);
  const datasetId = newId("dataset");
  await tx.query(
    `INSERT INTO datasets (id, name, state, source, params, parent_id, owner_id)
     VALUES ($1, $2, 'ingesting', $3, $4, $5, $6)`,
    [
      datasetId,
      params.name,
      JSON.stringify(source),
      JSON.stringify(params),
      await parentOf(tx, source),
      ownerId ?? null,
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

/** What can be known of a training before its dataset is there. */
function refuseTraining(training: NextTraining): void {
  const later = "is of rows that are there already: train the dataset once it is ready";
  const faults = [
    ...trainingFaults({ ...training, datasetId: "" }),
    ...(training.training.softTargets ? [{ pointer: "/training/softTargets", detail: later }] : []),
  ].map(({ pointer, detail }) => ({ pointer: `/training${pointer}`, detail }));
  const [first] = faults;
  if (!first) return;
  throw new AppError("invalid-parameters", `${first.pointer}: ${first.detail}.`, {
    errors: faults,
  });
}

/** The same for a copy of a dataset with noise; nobody reviews it, so near-duplicates stay uncounted. */
export const createNoisyDataset = (
  tx: Transaction,
  { name, datasetId, noise }: { name: string; datasetId: string; noise: NoiseParams },
  ownerId?: string,
): Promise<string> => {
  const source = { type: "dataset", datasetId };
  const asked = { name, source, noise, nearDuplicates: "ignore" };
  return createDatasetIngest(tx, DatasetIngestParams.parse(asked), ownerId);
};

/** The dataset whose rows it has; null for those of a file. */
async function parentOf(tx: Transaction, source: DatasetSource): Promise<string | null> {
  if (source.type === "dataset") return source.datasetId;
  if (source.type === "pruning") return (await holdPruning(tx, source.pruningId)).datasetId;
  return source.type === "consensus" ? votedDataset(tx, source.crossValidationId) : null;
}

/** The dataset of a run, whose annotators can be compared. Throws `invalid-parameters`. */
async function votedDataset(tx: Transaction, crossValidationId: string): Promise<string> {
  const { rows } = await tx.query<{ id: string; rows: number; several: number | null }>(
    `SELECT d.id, d.rows, (d.profile->'annotators'->>'severalVotes')::int AS several
     FROM cross_validations c JOIN datasets d ON d.id = c.dataset_id WHERE c.id = $1`,
    [crossValidationId],
  );
  const { id, several } = rows[0]!;
  if (several !== null && several > 0) return id;
  const pointer = "/source/crossValidationId";
  const detail =
    several === null
      ? `its dataset ${id} has one label a row; ingest a file with annotatorColumns or an annotatorColumn`
      : `no row of its dataset ${id} has labels of two annotators, so nobody can be compared with anybody; have some rows labelled twice`;
  throw new AppError("invalid-parameters", `${pointer}: ${detail}.`, {
    errors: [{ pointer, detail }],
  });
}
