import { estimateMemory } from "@winnow/confident-learning";
import type { JobValidation } from "@winnow/contracts";
import { sampleBytes } from "@winnow/sizing";
import {
  beatTask,
  readJob,
  writeAllFolds,
  writeDataset,
  writeFold,
  writeSecondRound,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import {
  batchesOf,
  FOLD_METRICS,
  makeSamples,
  mustClaim,
  predictionsFor,
  queueTraining,
  seedCrossValidation,
  seedDataset,
  seedPruning,
  seedRun,
} from "../../support/seed-data.js";

let api: TestApi;

beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api.close());

const post = (kind: string, payload: object, query = "?validateOnly=true") =>
  api.app.inject({ method: "POST", url: `/v1/jobs/${kind}${query}`, payload });

async function estimateOf(kind: string, payload: object) {
  const answer = await post(kind, payload);
  expect([answer.statusCode, answer.json()]).toMatchObject([200, { valid: true }]);
  return answer.json<JobValidation>().estimate;
}

const upload = async (payload: string) =>
  (await api.app.inject({ method: "POST", url: "/v1/uploads", payload })).json().id as string;

/** Everything that a POST could leave behind. */
async function traces() {
  const { rows } = await poolOf(api.store).query(
    `SELECT (SELECT count(*) FROM jobs) AS jobs, (SELECT count(*) FROM tasks) AS tasks,
       (SELECT count(*) FROM outbox) AS outbox, (SELECT count(*) FROM datasets) AS datasets,
       (SELECT count(*) FROM cross_validations) AS runs, (SELECT count(*) FROM prunings) AS prunings,
       (SELECT count(*) FROM idempotency_keys) AS keys, (SELECT count(*) FROM job_events) AS events,
       (SELECT count(*) FROM pg_class WHERE relispartition) AS partitions`,
  );
  return rows[0];
}

describe("validateOnly", () => {
  it("creates nothing, and the same request without it is accepted", async () => {
    const { datasetId, crossValidationId } = await seedCrossValidation(api.store);
    const other = await seedRun(api.store, datasetId);
    const requests: [string, object][] = [
      [
        "dataset-ingest",
        {
          name: "a",
          source: { type: "upload", uploadId: await upload("x") },
          format: { type: "csv" },
        },
      ],
      ["fold-training", { datasetId }],
      ["probability-import", { datasetId, probabilitiesUploadId: await upload("x") }],
      ["pruning", { crossValidationId }],
      ["combination", { crossValidationIds: [crossValidationId, other.crossValidationId] }],
    ];
    const before = await traces();
    for (const [kind, body] of requests) await estimateOf(kind, body);
    expect(await traces()).toEqual(before);
    for (const [kind, body] of requests) {
      expect((await post(kind, body, "?validateOnly=false")).statusCode).toBe(202);
    }
  });

  it("returns the problem that the request would get", async () => {
    const datasetId = await seedDataset(api.store, 4, 2);
    expectProblem(await post("fold-training", { datasetId, folds: 5 }), "folds-exceed-rows");
    expectProblem(await post("fold-training", { datasetId: id("ds") }), "dataset-not-found");
    const { crossValidationId } = await queueTraining(api.store, datasetId, { folds: 2 });
    expectProblem(await post("pruning", { crossValidationId }), "cross-validation-not-finished");
    expectProblem(await post("pruning", { crossValidationId, nmae: 1 }), "validation-failed");
    const path = { type: "path", path: "/etc/passwd" };
    const ingest = { name: "a", source: path, format: { type: "csv" } };
    expectProblem(await post("dataset-ingest", ingest), "source-not-allowed");
    const odd = await post("fold-training", { datasetId }, "?validateOnly=1");
    expect(expectProblem(odd, "validation-failed").errors.map((e) => e.pointer)).toEqual([
      "/query/validateOnly",
    ]);
  });
});

describe("an estimate", () => {
  it("without history knows the size of the data, and null for the rest", async () => {
    const fresh = await openTestApi();
    try {
      const datasetId = await seedDataset(fresh.store, 100, 4);
      const answer = await fresh.app.inject({
        method: "POST",
        url: "/v1/jobs/fold-training?validateOnly=true",
        payload: { datasetId, folds: 5 },
      });
      expect(answer.json<JobValidation>().estimate).toEqual({
        rows: 100,
        folds: 5,
        // The recipe's five epochs of batches of 32 over 80 rows.
        steps: 5 * 5 * 3,
        seconds: null,
        peakMemoryBytes: expect.any(Number),
        gpuMemoryBytes: expect.any(Number),
        storageBytes: expect.any(Number),
      });
    } finally {
      await fresh.close();
    }
  });

  it("says what a fold takes of a card, unless the job names a backend without one", async () => {
    const datasetId = await seedDataset(api.store, 300, 4);
    const memoryOf = async (backend: string, batchSize: number) => {
      const asked = { datasetId, backend, training: { batchSize } };
      return (await estimateOf("fold-training", asked)).gpuMemoryBytes;
    };
    const [small, large] = [await memoryOf("tfjs-node-gpu", 32), await memoryOf("auto", 128)];
    expect(small).toBeGreaterThan(400e6);
    expect(large).toBeGreaterThan(small!);
    for (const backend of ["wasm", "tfjs-node"]) expect(await memoryOf(backend, 32)).toBeNull();
  });

  it("of a training counts steps, and takes seconds from folds of the same model", async () => {
    const model = { preset: "albert-small", maxLength: 48 };
    await trainOnce(model, { epochs: 2, batchSize: 16 });
    const datasetId = await seedDataset(api.store, 1_000, 4);
    // 4 folds of 750 rows; a row and epoch took 3 s / (20 rows * 2 epochs).
    const training = { epochs: 3, batchSize: 32 };
    const asked = { datasetId, folds: 4, model, training, secondRound: false };
    expect(await estimateOf("fold-training", asked)).toMatchObject({
      rows: 1_000,
      folds: 4,
      steps: 4 * 3 * 24,
      seconds: 4 * 3 * 750 * (3 / 40),
    });
    // What is left out is what the recipe chooses; 1,125 s to three digits.
    const { steps, seconds } = await estimateOf("fold-training", { ...asked, training: {} });
    expect([steps, seconds]).toEqual([4 * 5 * 24, 1_130]);
    const other = { ...asked, model: { ...model, maxLength: 47 } };
    expect(await estimateOf("fold-training", other)).toMatchObject({ seconds: null });
  });

  it("of a training without a network needs no recipe, and takes seconds from runs of its kind", async () => {
    const datasetId = await seedDataset(api.store, 400, 4);
    const quick = { datasetId, model: { kind: "quick" } };
    expect(await estimateOf("fold-training", quick)).toEqual({
      rows: 400,
      folds: 10,
      steps: 400,
      seconds: null,
      peakMemoryBytes: expect.any(Number),
      gpuMemoryBytes: null,
      storageBytes: expect.any(Number),
    });
    const jobId = (await post("fold-training", quick, "")).json().id as string;
    const held = await mustClaim(api.store, jobId);
    const labels = Int32Array.from({ length: 400 }, (_, i) => i % 4);
    const folds = Uint8Array.from({ length: 400 }, (_, i) => i % 10);
    const figures = () =>
      Array.from({ length: 10 }, () => ({
        ...FOLD_METRICS,
        epochs: [],
        trainRows: 360,
        seconds: 0.2,
      }));
    const probs = new Float32Array(4 * 400).fill(0.25);
    await writeAllFolds(api.store, held, { labels, folds, classCount: 4, figures }, [
      { start: 0, rows: 400, probs },
    ]);
    // It ended before its first heartbeat.
    const { progress } = (await readJob(api.store, jobId)).job;
    expect(progress).toMatchObject({ done: 400, total: 400 });
    const larger = { ...quick, datasetId: await seedDataset(api.store, 4_000, 4) };
    expect(await estimateOf("fold-training", larger)).toMatchObject({ seconds: 20, steps: 4_000 });
    const linear = { ...quick, model: { kind: "linear" } };
    // Three passes over the rows of four folds, five times.
    expect(await estimateOf("fold-training", linear)).toMatchObject({
      folds: 5,
      steps: 5 * 3 * 320,
      seconds: null,
    });
    expectProblem(
      await post("fold-training", { ...quick, training: { epochs: 2 } }),
      "invalid-parameters",
    );
  });

  it("of a second round adds its task, its tables and what such tasks took", async () => {
    const datasetId = await seedDataset(api.store, 1_200, 3);
    const asked = { datasetId, folds: 2, model: { kind: "linear" } };
    const alone = await estimateOf("fold-training", asked);
    const both = await estimateOf("fold-training", { ...asked, secondRound: true });
    expect(both.steps).toBe((alone.steps as number) + 100);
    expect(both.storageBytes).toBe(4 * (alone.storageBytes as number));
    const run = await queueTraining(api.store, datasetId, { ...asked, secondRound: true });
    for (const fold of [0, 1]) {
      const held = await mustClaim(api.store, run.jobId, fold);
      const after = { secondRound: true, warnings: [] };
      const figures = { ...FOLD_METRICS, epochs: [], trainRows: 600, seconds: 3 };
      await writeFold(api.store, held, predictionsFor(fold, 2, 1_200, 3), figures, after);
    }
    const held = await mustClaim(api.store, run.jobId);
    const labels = Int32Array.from({ length: 1_200 }, (_, i) => i % 3);
    const table = {
      folds: new Uint8Array(1_200),
      blocks: () => [{ start: 0, rows: 1_200, probs: new Float32Array(3_600).fill(1 / 3) }],
    };
    const members = (["quick", "second"] as const).map((member) => ({ member, ...table }));
    const parts = { pool: table, members };
    await writeSecondRound(api.store, held, { labels, classCount: 3, given: "linear", ...parts });
    await poolOf(api.store).query(
      `UPDATE tasks SET started_at = finished_at - interval '5 seconds'
       WHERE job_id = $1 AND fold IS NULL`,
      [run.jobId],
    );
    expect(await estimateOf("fold-training", asked)).toMatchObject({ seconds: 6 });
    const known = await estimateOf("fold-training", { ...asked, secondRound: true });
    expect(known.seconds).toBe(11);
    const small = { ...asked, datasetId: await seedDataset(api.store, 600, 3) };
    expect((await estimateOf("fold-training", { ...small, secondRound: true })).steps).toBe(
      (await estimateOf("fold-training", small)).steps,
    );
  });

  it("of an ingest depends on bytes, of a derived dataset on rows", async () => {
    const content = "x".repeat(10_000);
    const ingest = async () => ({
      name: "a",
      source: { type: "upload", uploadId: await upload(content) },
      format: { type: "csv", textColumn: "text", labelColumn: "label" },
    });
    const jobId = (await post("dataset-ingest", await ingest(), "")).json().id as string;
    const held = await mustClaim(api.store, jobId);
    await beatTask(api.store, held, { step: 0, steps: 2_500 });
    await writeDataset(api.store, held, batchesOf(makeSamples(10, 2), 2));
    await poolOf(api.store).query(
      "UPDATE jobs SET started_at = finished_at - interval '3 seconds' WHERE id = $1",
      [jobId],
    );
    expect(await estimateOf("dataset-ingest", await ingest())).toMatchObject({
      rows: null,
      seconds: 12,
    });
    const { job } = await readJob(api.store, jobId);
    const source = { type: "dataset", datasetId: job.datasetId };
    const derived = await estimateOf("dataset-ingest", { name: "b", source });
    expect(derived).toMatchObject({ rows: 10, seconds: null });
    const sampled = { name: "b", source, sampling: { perClass: 3 } };
    expect(await estimateOf("dataset-ingest", sampled)).toMatchObject({ rows: 6 });
  });

  it("of a pruning has the memory of the computation, and seconds by size", async () => {
    const { crossValidationId, pruningJobId } = await seedPruning(api.store, 300, 6, 3);
    await poolOf(api.store).query(
      "UPDATE jobs SET started_at = finished_at - interval '4 seconds' WHERE id = $1",
      [pruningJobId],
    );
    const again = await estimateOf("pruning", { crossValidationId });
    expect(again).toMatchObject({ rows: 300, folds: 3, seconds: 4, storageBytes: null });
    expect(again.peakMemoryBytes).toBeGreaterThan(estimateMemory(300, 6).total);
    const larger = await seedCrossValidation(api.store, 600, 12, 3);
    const bigger = await estimateOf("pruning", { crossValidationId: larger.crossValidationId });
    expect(bigger.seconds).toBe(16);
  });

  it.each([
    [6_000, 10],
    [6_000, 100],
    [2_000, 428],
  ])("of the storage of %i x %i probabilities is right within 10 %%", async (rows, classes) => {
    const datasetId = await seedDataset(api.store, rows, classes);
    const training = { epochs: 1, linearPart: false };
    const asked = { datasetId, folds: 3, training, secondRound: false };
    const wanted = (await estimateOf("fold-training", asked)).storageBytes;
    // Every epoch's rows lie there until the folds have voted.
    const epochs = { ...training, epochs: 3 };
    const voting = await estimateOf("fold-training", { ...asked, training: epochs });
    expect(voting.storageBytes).toBe(3 * (wanted as number));
    const both = { ...epochs, linearPart: true };
    const withLinear = await estimateOf("fold-training", { ...asked, training: both });
    expect(withLinear.storageBytes).toBe(4 * (wanted as number));
    const last = { ...epochs, epochChoice: "last" };
    expect(await estimateOf("fold-training", { ...asked, training: last })).toMatchObject({
      storageBytes: wanted,
    });
    const run = await queueTraining(api.store, datasetId, { folds: 3 });
    for (let fold = 0; fold < 3; fold++) {
      const held = await mustClaim(api.store, run.jobId, fold);
      await writeFold(api.store, held, predictionsFor(fold, 3, rows, classes), FOLD_METRICS);
    }
    const measured = await poolOf(api.store).query<{ bytes: number }>(
      `SELECT pg_total_relation_size(i.inhrelid)::float8 AS bytes
       FROM pg_inherits i JOIN cross_validations c ON c.id = $1
       WHERE i.inhparent = 'fold_probabilities'::regclass
         AND pg_get_expr((SELECT relpartbound FROM pg_class WHERE oid = i.inhrelid), i.inhrelid)
           = 'FOR VALUES IN (' || c.key || ')'`,
      [run.crossValidationId],
    );
    const bytes = measured.rows[0]?.bytes as number;
    const error = ((wanted as number) - bytes) / bytes;
    console.log(
      `${rows} x ${classes}: ${bytes} bytes, estimated ${(100 * error).toFixed(1)} % off`,
    );
    expect(Math.abs(error)).toBeLessThan(0.1);
    // COPY extends a small table by more pages than it fills, so the rows themselves are weighed.
    const stored = await poolOf(api.store).query<{ row: number; texts: number }>(
      `SELECT avg(pg_column_size(s.*))::float8 AS row,
         avg(octet_length(s.text) + octet_length(s.external_id))::float8 AS texts
       FROM samples s JOIN datasets d ON d.key = s.dataset_key AND d.id = $1`,
      [datasetId],
    );
    const { row, texts } = stored.rows[0]!;
    // Beside the texts, these rows have ids of their own and true labels. 4 and 22: pointer and index.
    const planned = sampleBytes(rows, texts + 1 + 4) / rows;
    expect(Math.abs(planned / (row + 4 + 22) - 1), `${planned}, ${row}`).toBeLessThan(0.1);
  });
});

/** A finished training whose folds say that 20 rows took 3 s in two epochs of 16 a batch. */
async function trainOnce(model: object, training: object): Promise<void> {
  const datasetId = await seedDataset(api.store, 30, 3);
  const options = { folds: 2, model, training };
  const run = await queueTraining(api.store, datasetId, options);
  for (const fold of [0, 1]) {
    const held = await mustClaim(api.store, run.jobId, fold);
    await writeFold(api.store, held, predictionsFor(fold, 2, 30, 3), {
      ...FOLD_METRICS,
      seconds: 3,
      backend: { backend: "wasm", plan: { epochs: 2, batchSize: 16 } },
    });
  }
}
