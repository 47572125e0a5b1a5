import {
  classNames,
  finishedCrossValidation,
  listEvents,
  listFlags,
  listFolds,
  readDataset,
  readMatrices,
  readProbabilityBlocks,
  readPruning,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { makeCsv, postIngest, postPruning, postTraining, succeeded } from "../../support/jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 360_000 });

const ROWS = 240;
const TRAINING = { epochs: 6, batchSize: 8, learningRate: 0.01 };

let fixture: WorkerFixture;
let datasetId: string;
let crossValidationId: string;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  await fixture.startWorker();
});

afterAll(async () => {
  await fixture.close();
});

async function rowsOf(run: string) {
  const seen: { ordinal: number; fold: number; given: number; probs: number[] }[] = [];
  for await (const block of readProbabilityBlocks(fixture.store, run, 3)) {
    for (let i = 0; i < block.rows; i++) {
      seen.push({
        ordinal: block.start + i,
        fold: block.folds[i]!,
        given: block.labels[i]!,
        probs: [...block.probs.subarray(i * 3, i * 3 + 3)],
      });
    }
  }
  return seen;
}

describe("the way from a file to its flags", () => {
  it("an upload becomes a dataset with samples, classes and true labels", async () => {
    const file = makeCsv(ROWS);
    const job = await succeeded(fixture.store, await postIngest(fixture, file));
    datasetId = job.datasetId as string;
    const dataset = await readDataset(fixture.store, datasetId);
    expect(dataset).toMatchObject({ state: "ready", rows: ROWS, rejected: 0, classes: 3 });
    expect(dataset.hasTrueLabels).toBe(true);
    expect(dataset.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await classNames(fixture.store, datasetId)).toEqual(["class-0", "class-1", "class-2"]);
    const bytes = Buffer.byteLength(file);
    expect(job.progress).toMatchObject({ unit: "bytes", done: bytes, total: bytes });
  });

  it("three folds predict one row of probabilities for every sample", async () => {
    const jobId = await postTraining(fixture.store, datasetId, {
      training: TRAINING,
      pruning: {},
    });
    const job = await succeeded(fixture.store, jobId);
    crossValidationId = job.crossValidationId as string;
    const rows = await rowsOf(crossValidationId);
    expect(rows.map((row) => row.ordinal)).toEqual(Array.from({ length: ROWS }, (_, i) => i));
    for (const row of rows) {
      expect(row.probs.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
    }
    const counted = await poolOf(fixture.store).query<{ fold: number; rows: number }>(
      `SELECT fold, count(*)::int AS rows FROM fold_probabilities GROUP BY fold ORDER BY fold`,
    );
    expect(counted.rows).toEqual([0, 1, 2].map((fold) => ({ fold, rows: ROWS / 3 })));
    const folds = await listFolds(fixture.store, crossValidationId);
    for (const fold of folds) {
      expect(fold).toMatchObject({ state: "succeeded", trainRows: 160, testRows: 80, attempt: 1 });
      expect(fold.epochs).toHaveLength(TRAINING.epochs);
      expect(fold.backend).toMatchObject({
        backend: expect.stringMatching(/^(wasm|tfjs-node|tfjs-node-gpu)$/),
        version: expect.stringMatching(/\d+\.\d+/),
        device: expect.stringMatching(/cpu|gpu/),
        node: process.version,
      });
    }
    const events = await listEvents(fixture.store, jobId, undefined, 1000);
    const epochs = events.data.filter((event) => event.type === "metric");
    expect(epochs.map(({ data }) => `${data.fold}/${data.epoch}`).sort()).toEqual(
      [0, 1, 2].flatMap((fold) => [1, 2, 3, 4, 5, 6].map((epoch) => `${fold}/${epoch}`)),
    );
    const run = await finishedCrossValidation(fixture.store, crossValidationId);
    expect(run.accuracy).toBeGreaterThan(0.8);
    expect(run.backend).toEqual(folds[0]?.backend);
  });

  it("the pruning that was requested in advance flags the wrong labels", async () => {
    const found = await poolOf(fixture.store).query<{ id: string }>(
      "SELECT id FROM jobs WHERE kind = 'pruning' AND cross_validation_id = $1",
      [crossValidationId],
    );
    const job = await succeeded(fixture.store, found.rows[0]?.id as string);
    const pruning = await readPruning(fixture.store, job.pruningId as string);
    expect(pruning.state).toBe("ready");
    const { report } = pruning;
    expect(report?.counts).toMatchObject({ examples: ROWS, flagged: pruning.flagged });
    expect(report?.truth).toMatchObject({ rows: ROWS, errors: expect.any(Number) });
    expect(report?.truth?.precision).toBeGreaterThan(0.9);
    expect(report?.truth?.recall).toBeGreaterThan(0.8);
    expect(report?.estimatedNoiseRate).toBeGreaterThan(0.04);
    expect(report?.estimatedNoiseRate).toBeLessThan(0.15);
    const { low, high } = report!.estimatedNoiseInterval!;
    expect(low).toBeLessThan(report!.estimatedNoiseRate);
    expect(high).toBeGreaterThan(report!.estimatedNoiseRate);
    const noise = report!.noise!;
    expect(noise.low).toBeLessThanOrEqual(noise.rate);
    expect(noise.high).toBeGreaterThanOrEqual(noise.rate);
    expect(noise.low).toBeLessThan(report!.truth!.noiseRate);
    expect(noise.high).toBeGreaterThan(report!.truth!.noiseRate);
    expect(noise.readings.confidentJoint).toBeCloseTo(report!.estimatedNoiseRate, 2);
    expect(high - low).toBeLessThan(0.2);
    const rows = await rowsOf(crossValidationId);
    const flags = await listFlags(fixture.store, pruning.id, { limit: 1000, order: "rank" });
    expect(flags.data.map((flag) => flag.rank)).toEqual([...flags.data.keys()].map((at) => at + 1));
    for (const flag of flags.data) {
      const row = rows[flag.ordinal];
      expect([flag.line, flag.externalId]).toEqual([flag.ordinal + 2, `row-${flag.ordinal}`]);
      expect(flag.given).toBe(`class-${row?.given}`);
      expect(flag.fold).toBe(row?.fold);
      expect(flag.selfConfidence).toBeCloseTo(row!.probs[row!.given]!, 6);
      expect(flag.suggested).not.toBe(flag.given);
    }
    const { confidentJoint, joint } = await readMatrices(fixture.store, pruning.id);
    expect(confidentJoint.flat().reduce((sum, n) => sum + n, 0)).toBe(ROWS);
    expect(joint.flat().reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
  });

  it("the same seed gives the same probabilities", async () => {
    const jobId = await postTraining(fixture.store, datasetId, { training: TRAINING });
    const again = await succeeded(fixture.store, jobId);
    expect(again.crossValidationId).not.toBe(crossValidationId);
    expect(await rowsOf(again.crossValidationId as string)).toEqual(
      await rowsOf(crossValidationId),
    );
  });

  it("a pruning can be repeated with other options", async () => {
    const job = await succeeded(
      fixture.store,
      await postPruning(fixture.store, crossValidationId, {
        method: "both",
        order: "self_confidence",
        semantics: "cleanlab-2",
      }),
    );
    const pruning = await readPruning(fixture.store, job.pruningId as string);
    expect(pruning.report?.truth?.precision).toBeGreaterThan(0.9);
  });

  it("a pruning with scope fold counts every row too", async () => {
    const job = await succeeded(
      fixture.store,
      await postPruning(fixture.store, crossValidationId, { scope: "fold" }),
    );
    const pruning = await readPruning(fixture.store, job.pruningId as string);
    expect(pruning.report?.counts.examples).toBe(ROWS);
    expect(pruning.report?.truth?.precision).toBeGreaterThan(0.8);
    expect(job.progress).toMatchObject({ done: ROWS, total: ROWS });
  });

  it("near-duplicates share a fold on request", async () => {
    const lines = makeCsv(60)
      .trim()
      .split("\n")
      .slice(1)
      .flatMap((line) => {
        const [id, text, label, truth] = line.split(",");
        const words = `${text} ${id}`;
        return [`${words},${label},${truth}`, `${words.toUpperCase()} !!,${label},${truth}`];
      });
    const format = { type: "csv", trueLabelColumn: "truth" };
    const file = `text,label,truth\n${lines.join("\n")}\n`;
    const ingest = await succeeded(fixture.store, await postIngest(fixture, file, { format }));
    const splitPairs = async (nearDuplicates: string) => {
      const jobId = await postTraining(fixture.store, ingest.datasetId as string, {
        nearDuplicates,
      });
      const job = await succeeded(fixture.store, jobId);
      const rows = await rowsOf(job.crossValidationId as string);
      expect(rows).toHaveLength(120);
      expect(new Set(rows.map((row) => row.fold))).toEqual(new Set([0, 1, 2]));
      return rows.filter((row, i) => i % 2 === 1 && row.fold !== rows[i - 1]?.fold).length;
    };
    expect(await splitPairs("together")).toBe(0);
    expect(await splitPairs("ignore")).toBeGreaterThan(20);
  });

  it("queue payloads hold only ids", async () => {
    const { rows } = await poolOf(fixture.store).query<{ bytes: number; keys: string[] }>(
      `SELECT DISTINCT octet_length(payload::text) AS bytes,
         ARRAY(SELECT jsonb_object_keys(payload) ORDER BY 1) AS keys FROM outbox`,
    );
    expect(rows.length).toBeGreaterThan(0);
    for (const { bytes, keys } of rows) {
      expect(bytes).toBeLessThan(4096);
      expect(keys).toEqual(["delivery", "jobId", "taskId"]);
    }
  });
});
