// The whole size once: n x K synthetic probabilities through Postgres, pruned in one job by a real
// worker process. Printed: seconds of the job, rows/s, the worker's peak RSS, and beside them the
// seconds of a bare read of the same bytes in the same order, in the same run.
import { DatasetIngestParams, FoldTrainingParams, PruningParams } from "@winnow/contracts";
import {
  claimTask,
  createDatasetIngest,
  createFoldTraining,
  createPruning,
  readJob,
  readProbabilityBlocks,
  withTransaction,
  writeDataset,
  writeFold,
} from "@winnow/store";
import { finished, peakRss, round, withScratchStore, withWorker } from "./scratch-services.mjs";

const n = Number(process.argv[2] ?? 2_906_829);
const classes = Number(process.argv[3] ?? 428);
const folds = 20;

await withScratchStore(async (store, folder, databaseUrl) => {
  console.log(`${n} rows x ${classes} classes, ${round((n * classes * 4) / 1e9)} GB of float32`);
  const crossValidationId = await timed("written by COPY", () => fill(store));
  const bare = await timed("read once, in order", async () => {
    for await (const _ of readProbabilityBlocks(store, crossValidationId, classes));
  });
  await withWorker(databaseUrl, folder, async (worker) => {
    const params = PruningParams.parse({ crossValidationId });
    const jobId = await withTransaction(store, (tx) => createPruning(tx, params));
    const { seconds } = await timed("pruned", () => finished(store, jobId));
    const { job } = await readJob(store.pool, jobId);
    console.log(`flagged ${job.result.flagged}; ${Math.round(n / seconds)} rows/s`);
    console.log(`job : bare read  ${round(seconds / bare.seconds)}`);
    console.log(`peak RSS of the worker ${peakRss(worker.pid)} MB`);
  });
});

async function timed(what, work) {
  const start = performance.now();
  const value = await work();
  const seconds = (performance.now() - start) / 1000;
  console.log(`${what.padEnd(22)} ${round(seconds)} s`);
  return typeof value === "string" ? value : { seconds };
}

/** A ready dataset of n rows and a finished cross-validation of 20 folds over it. */
async function fill(store) {
  const ingest = await withTransaction(store, (tx) =>
    createDatasetIngest(
      tx,
      DatasetIngestParams.parse({
        name: "full size",
        source: { type: "path", path: "/synthetic" },
        format: { type: "csv" },
      }),
    ),
  );
  const held = await claim(store, ingest, null);
  await writeDataset(store, held, syntheticSamples());
  const jobId = await withTransaction(store, (tx) =>
    createFoldTraining(tx, FoldTrainingParams.parse({ datasetId: held.datasetId, folds })),
  );
  for (let fold = 0; fold < folds; fold++) {
    const claimed = await claim(store, jobId, fold);
    await writeFold(store, claimed, predictions(fold), {
      trainRows: 0,
      testRows: Math.ceil((n - fold) / folds),
      accuracy: 0,
      loss: 0,
      epochs: [],
      seconds: 0,
      backend: {},
    });
  }
  const { job } = await readJob(store.pool, jobId);
  return job.crossValidationId;
}

async function claim(store, jobId, fold) {
  const { rows } = await store.pool.query(
    "SELECT id FROM tasks WHERE job_id = $1 AND fold IS NOT DISTINCT FROM $2",
    [jobId, fold],
  );
  return claimTask(store, { jobId, taskId: rows[0].id, workerId: "bench", staleAfterMs: 1e9 });
}

/** The given class of a row, and the class it looks like: one in eight is wrong. */
function givenOf(row) {
  return (Math.imul(row, 2654435761) >>> 0) % classes;
}

function seemsOf(row) {
  return row % 8 === 0 ? (givenOf(row) + 1 + (row % 3)) % classes : givenOf(row);
}

async function* syntheticSamples() {
  for (let start = 0; start < n; start += 10_000) {
    const length = Math.min(10_000, n - start);
    const samples = Array.from({ length }, (_, i) => ({
      ordinal: start + i,
      line: start + i + 1,
      externalId: null,
      text: `title ${start + i}`,
      classIndex: givenOf(start + i),
      trueClassIndex: null,
    }));
    yield { samples, rejects: [] };
  }
  const counts = new Array(classes).fill(0);
  for (let row = 0; row < n; row++) counts[givenOf(row)]++;
  return {
    classes: counts.map((count, index) => ({ index, name: `class ${index}`, count })),
    profile: {},
    sha256: null,
    hasTrueLabels: false,
  };
}

/** Rows fold, fold + 20, ...: a peak where the row seems to belong, seeded noise elsewhere. */
function predictions(fold) {
  const length = Math.ceil((n - fold) / folds);
  const ordinals = Int32Array.from({ length }, (_, j) => fold + j * folds);
  const probs = new Float32Array(length * classes);
  let state = (fold + 1) * 0x9e3779b9;
  for (let j = 0; j < length; j++) {
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      const value = (state >>> 8) / 2 ** 24;
      probs[j * classes + k] = value;
      sum += value;
    }
    const top = 0.3 + 0.6 * ((state >>> 8) / 2 ** 24);
    const scale = (1 - top) / sum;
    for (let k = 0; k < classes; k++) probs[j * classes + k] *= scale;
    probs[j * classes + seemsOf(ordinals[j])] += top;
  }
  return { fold, ordinals, labels: ordinals.map(givenOf), probs, classCount: classes };
}
