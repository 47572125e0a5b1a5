import { DatasetIngestParams, FoldTrainingParams } from "@winnow/contracts";
import {
  claimTask,
  createDatasetIngest,
  createFoldTraining,
  readJob,
  withTransaction,
  writeDataset,
  writeFold,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";

/**
 * A finished cross-validation over a dataset, written as a worker writes them: `batches` are the
 * dataset's, `predictions(fold)` a fold's rows. What a pruning needs.
 */
export async function seedRun(store, { batches, folds, predictions }) {
  const ingestId = await withTransaction(store, (tx) =>
    createDatasetIngest(
      tx,
      DatasetIngestParams.parse({
        name: "bench",
        source: { type: "path", path: "/synthetic" },
        format: { type: "csv" },
      }),
    ),
  );
  const ingest = await claim(store, ingestId, null);
  await writeDataset(store, ingest, batches);
  const params = FoldTrainingParams.parse({
    datasetId: ingest.datasetId,
    folds,
    training: { epochChoice: "last" },
  });
  const jobId = await withTransaction(store, (tx) => createFoldTraining(tx, params));
  for (let fold = 0; fold < folds; fold++) {
    const rows = predictions(fold);
    await writeFold(store, await claim(store, jobId, fold), rows, {
      trainRows: 0,
      testRows: rows.ordinals.length,
      accuracy: 0,
      loss: 0,
      epochs: [],
      seconds: 0,
      backend: {},
    });
  }
  const { job } = await readJob(store, jobId);
  return { jobId, datasetId: job.datasetId, crossValidationId: job.crossValidationId };
}

/** Takes a queued task as a worker does. */
export async function claim(store, jobId, fold) {
  const { rows } = await poolOf(store).query(
    "SELECT id FROM tasks WHERE job_id = $1 AND fold IS NOT DISTINCT FROM $2",
    [jobId, fold],
  );
  return claimTask(store, { jobId, taskId: rows[0].id, workerId: "bench", staleAfterMs: 1e9 });
}

/** A dataset's batches and summary: `rowOf(ordinal)` gives text and class. */
export async function* syntheticSamples({ rows, classes, rowOf }) {
  const counts = new Array(classes).fill(0);
  const batchRows = 10_000;
  for (let start = 0; start < rows; start += batchRows) {
    const length = Math.min(batchRows, rows - start);
    const samples = Array.from({ length }, (_, i) => {
      const ordinal = start + i;
      const { text, classIndex } = rowOf(ordinal);
      counts[classIndex]++;
      const line = ordinal + 1;
      return { ordinal, line, externalId: null, text, classIndex, trueClassIndex: null };
    });
    yield { samples, rejects: [] };
  }
  return {
    classes: counts.map((count, index) => ({ index, name: `class ${index}`, count })),
    profile: {},
    sha256: null,
    hasTrueLabels: false,
  };
}
