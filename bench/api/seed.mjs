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

const classes = 3;

/** A finished cross-validation of two folds over `rows` samples: what a pruning needs. */
export async function seedCrossValidation(store, rows = 60) {
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
  await writeDataset(store, ingest, samples(rows));
  const jobId = await withTransaction(store, (tx) =>
    createFoldTraining(
      tx,
      FoldTrainingParams.parse({
        datasetId: ingest.datasetId,
        folds: 2,
        training: { epochChoice: "last" },
      }),
    ),
  );
  for (const fold of [0, 1]) {
    const held = await claim(store, jobId, fold);
    const ordinals = Int32Array.from({ length: rows / 2 }, (_, i) => 2 * i + fold);
    await writeFold(
      store,
      held,
      {
        fold,
        ordinals,
        labels: ordinals.map((ordinal) => ordinal % classes),
        probs: new Float32Array(ordinals.length * classes).fill(1 / classes),
        classCount: classes,
      },
      {
        trainRows: rows / 2,
        testRows: rows / 2,
        accuracy: 0,
        loss: 0,
        epochs: [],
        seconds: 0,
        backend: {},
      },
    );
  }
  const { job } = await readJob(store.pool, jobId);
  return { jobId, datasetId: job.datasetId, crossValidationId: job.crossValidationId };
}

export async function claim(store, jobId, fold) {
  const { rows } = await store.pool.query(
    "SELECT id FROM tasks WHERE job_id = $1 AND fold IS NOT DISTINCT FROM $2",
    [jobId, fold],
  );
  return claimTask(store, { jobId, taskId: rows[0].id, workerId: "bench", staleAfterMs: 1e9 });
}

async function* samples(rows) {
  yield {
    samples: Array.from({ length: rows }, (_, ordinal) => ({
      ordinal,
      line: ordinal + 1,
      externalId: null,
      text: `title ${ordinal}`,
      classIndex: ordinal % classes,
      trueClassIndex: null,
    })),
    rejects: [],
  };
  return {
    classes: Array.from({ length: classes }, (_, index) => ({
      index,
      name: `class ${index}`,
      count: rows / classes,
    })),
    profile: {},
    sha256: null,
    hasTrueLabels: false,
  };
}
