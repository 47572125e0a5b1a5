import {
  AppError,
  DatasetIngestParams,
  ProbabilityImportParams,
  problemOf,
} from "@winnow/contracts";
import {
  createDatasetIngest,
  createProbabilityImport,
  createRetry,
  deleteDataset,
  failTask,
  insertUpload,
  listSamples,
  newId,
  openExport,
  openStore,
  readCrossValidation,
  readDataset,
  readJob,
  readLabels,
  readSampleRows,
  requestCancel,
  type Store,
  withTransaction,
  writeDataset,
  writeFold,
  writeImportedProbabilities,
} from "@winnow/store";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import {
  batchesOf,
  FOLD_METRICS,
  makeSamples,
  mustClaim,
  predictionsFor,
  queueIngest,
  queueTraining,
  seedDataset,
  seedPruning,
} from "../../support/seed-data.js";

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test" });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

const upload = async (sha256: string | null = "0".repeat(64)) => {
  const id = newId("upload");
  await insertUpload(store, {
    id,
    bytes: 9,
    sha256,
    storageKey: `uploads/${id}`,
    filename: null,
  });
  return id;
};
const retry = (jobId: string) => withTransaction(store, (tx) => createRetry(tx, jobId));

it("a retry takes over the finished folds and trains the others alone", async () => {
  const datasetId = await seedDataset(store, 30, 3);
  const { jobId, crossValidationId } = await queueTraining(store, datasetId);
  const done = await mustClaim(store, jobId, 0);
  await writeFold(store, done, predictionsFor(0, 3, 30, 3), FOLD_METRICS);
  const failing = await mustClaim(store, jobId, 1);
  await failTask(store, failing, problemOf(new AppError("invalid-parameters", "for the test")));
  expect((await readCrossValidation(store, crossValidationId)).state).toBe("failed");

  const again = await retry(jobId);
  const { job } = await readJob(store, again);
  expect(job).toMatchObject({ state: "queued", retryOf: jobId, crossValidationId });
  expect(job.tasks.map((task) => task.state)).toEqual(["succeeded", "queued", "queued"]);
  for (const fold of [1, 2]) {
    const held = await mustClaim(store, again, fold);
    await writeFold(store, held, predictionsFor(fold, 3, 30, 3), FOLD_METRICS);
  }
  expect((await readJob(store, again)).job.state).toBe("succeeded");
  expect(await readCrossValidation(store, crossValidationId)).toMatchObject({
    state: "ready",
    jobId: again,
  });
});

it("only a failed or cancelled job is retried, and only once", async () => {
  const datasetId = await seedDataset(store);
  const { jobId } = await queueTraining(store, datasetId);
  await expect(retry(jobId)).rejects.toMatchObject({ code: "job-not-retryable" });
  const held = await mustClaim(store, jobId, 0);
  await failTask(store, held, problemOf(new AppError("invalid-parameters", "for the test")));
  await retry(jobId);
  await expect(retry(jobId)).rejects.toMatchObject({ code: "job-not-retryable" });
  await expect(retry(newId("job"))).rejects.toMatchObject({ code: "job-not-found" });
});

it("a retry finds what the job reads, and what it makes, or says which is gone", async () => {
  const parentId = await seedDataset(store);
  const source = { type: "dataset", datasetId: parentId };
  const params = DatasetIngestParams.parse({ name: "derived", source });
  const ingest = await withTransaction(store, (tx) => createDatasetIngest(tx, params));
  const { jobId: training } = await queueTraining(store, parentId);
  await expect(deleteDataset(store, parentId)).rejects.toMatchObject({ code: "dataset-in-use" });
  await requestCancel(store, training);
  // A job that derives another dataset of it keeps it, too.
  await expect(deleteDataset(store, parentId)).rejects.toMatchObject({ code: "dataset-in-use" });
  await requestCancel(store, ingest);
  await deleteDataset(store, parentId);
  await expect(retry(ingest)).rejects.toMatchObject({ code: "dataset-not-found" });
  await expect(retry(training)).rejects.toMatchObject({ code: "job-not-retryable" });
});

it("imported probabilities make a finished cross-validation, or nothing at all", async () => {
  const datasetId = await seedDataset(store, 30, 3);
  const probabilitiesUploadId = await upload();
  const params = ProbabilityImportParams.parse({ datasetId, probabilitiesUploadId, pruning: {} });
  const jobId = await withTransaction(store, (tx) => createProbabilityImport(tx, params));
  const held = await mustClaim(store, jobId);
  const { labels, classCount } = await readLabels(store, datasetId);
  const folds = Uint8Array.from(labels, (_, i) => i % 5);
  const probs = new Float32Array(30 * 3).fill(1 / 3);
  async function* blocks(rows: number) {
    yield { start: 0, rows: 20, probs: probs.subarray(0, 60) };
    yield { start: 20, rows: rows - 20, probs: probs.subarray(60, rows * 3) };
  }
  const run = { labels, folds, classCount, warnings: [] };
  await expect(writeImportedProbabilities(store, held, run, blocks(29))).rejects.toThrow(
    "29 probability rows",
  );
  await writeImportedProbabilities(store, held, run, blocks(30));
  const { job } = await readJob(store, jobId);
  expect(job.state).toBe("succeeded");
  expect(job.pruningId).not.toBeNull();
  const made = await readCrossValidation(store, job.crossValidationId as string);
  // All probabilities are equal, so the first class is every row's argmax.
  expect(made).toMatchObject({ state: "ready", folds: 5, accuracy: 1 / 3 });
});

it("an unfinished upload is no source", async () => {
  const uploadId = await upload(null);
  const params = DatasetIngestParams.parse({
    name: "early",
    source: { type: "upload", uploadId },
    format: { type: "csv" },
  });
  const create = withTransaction(store, (tx) => createDatasetIngest(tx, params));
  await expect(create).rejects.toMatchObject({ code: "upload-incomplete" });
});

it("a derived dataset names its parent, and its samples can be streamed", async () => {
  const parentId = await seedDataset(store, 2500, 3);
  const params = DatasetIngestParams.parse({
    name: "derived",
    source: { type: "dataset", datasetId: parentId },
    noise: { type: "symmetric", rate: 0.2 },
  });
  const jobId = await withTransaction(store, (tx) => createDatasetIngest(tx, params));
  const held = await mustClaim(store, jobId);
  await writeDataset(store, held, batchesOf(makeSamples(10, 2), 2));
  expect(await readDataset(store, held.datasetId)).toMatchObject({ parentId, state: "ready" });
  const ordinals: number[] = [];
  for await (const batch of readSampleRows(store, parentId)) {
    ordinals.push(...batch.map((row) => row.ordinal));
  }
  expect(ordinals).toEqual(Array.from({ length: 2500 }, (_, i) => i));
});

it("an export contains each row's probabilities on request", async () => {
  const { pruningId } = await seedPruning(store, 40, 3, 3);
  const options = { rows: "noise", probabilities: true } as const;
  let rows = 0;
  for await (const row of await openExport(store, pruningId, options)) {
    expect(row.probs).toHaveLength(3);
    expect(row.probs?.[(row.ordinal + 1) % 3]).toBe(Math.fround(0.7));
    rows++;
  }
  expect(rows).toBe(6);
});

it('samples keep all their classes under the policy "all"', async () => {
  const jobId = await queueIngest(store);
  const held = await mustClaim(store, jobId);
  const samples = makeSamples(3, 3).map((sample, i) => ({
    ...sample,
    allClassIndexes: i === 1 ? [1, 0, 2] : [sample.classIndex],
  }));
  await writeDataset(store, held, batchesOf(samples, 3));
  const { data } = await listSamples(store, held.datasetId, { limit: 10 });
  expect(data.map((sample) => sample.allLabels)).toEqual([
    ["class-0"],
    ["class-1", "class-0", "class-2"],
    ["class-2"],
  ]);
  const rows = [];
  for await (const batch of readSampleRows(store, held.datasetId)) rows.push(...batch);
  expect(rows.map((row) => row.allClassIndexes)).toEqual([[0], [1, 0, 2], [2]]);
});
