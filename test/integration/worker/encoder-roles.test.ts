import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRetry, requestCancel, withTransaction } from "@winnow/store";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import {
  countVectors,
  csvOf,
  ENCODER,
  labelledTexts,
  MODELS,
  writeSlowEncoder,
} from "../../support/encoded-rows.js";
import {
  ended,
  eventually,
  jobOf,
  postIngest,
  postTraining,
  succeeded,
} from "../../support/jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const rows = labelledTexts(1_500);
const distinct = new Set(rows.map(({ text }) => text)).size;

let fixture: WorkerFixture;
let datasetId: string;
let models: string;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  models = await mkdtemp(join(tmpdir(), "winnow-models-"));
  await writeSlowEncoder(models, "slow");
  await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const params = { format: { type: "csv" }, duplicates: "keep" };
  const ingest = await postIngest(fixture, csvOf(rows), params);
  datasetId = (await succeeded(fixture.store, ingest)).datasetId as string;
  await fixture.stopAll();
});
afterEach(() => fixture.stopAll());
afterAll(async () => {
  await fixture.close();
  await rm(models, { recursive: true, force: true });
});

const train = (encoder: object) =>
  postTraining(fixture.store, datasetId, {
    model: { kind: "quick", encoder },
    training: {},
    folds: undefined,
    backend: "auto",
  });

it("where no trainer runs, a cpu worker encodes the rows", async () => {
  const worker = await fixture.startWorker({
    WORKER_ROLES: "cpu,orchestrator",
    MODELS_DIR: MODELS,
  });
  const job = await succeeded(fixture.store, await train(ENCODER));
  expect(job.tasks.find(({ shard }) => shard === 0)?.metrics).toMatchObject({ encoded: distinct });
  expect(worker.output()).toContain("no trainer is there: this worker encodes rows");
});

it("beside a trainer it leaves them alone", async () => {
  const env = { MODELS_DIR: models, STAND_IN_AFTER_MS: "2000" };
  const trainer = await fixture.startWorker({ ...env, WORKER_ROLES: "trainer" });
  const cpu = await fixture.startWorker({ ...env, WORKER_ROLES: "cpu,orchestrator" });
  const encoder = { checkpoint: { path: "slow" }, maxLength: 31 };
  await succeeded(fixture.store, await train(encoder));
  expect(cpu.output()).not.toContain("this worker encodes rows");
  expect(trainer.output()).toContain("encode-rows");
});

it("a cancelled run keeps what it has encoded, and its retry encodes the rest", async () => {
  const env = { MODELS_DIR: models, WORKER_ROLES: "cpu,orchestrator,trainer" };
  await fixture.startWorker(env);
  const jobId = await train({ checkpoint: { path: "slow" } });
  const count = () => countVectors(fixture.storageDir, join(models, "slow"), {});
  await eventually("the first vectors", async () => (await count()).texts > 0);
  await requestCancel(fixture.store, jobId);
  expect((await ended(fixture.store, jobId)).state).toBe("cancelled");
  const { texts } = await count();
  const retry = await withTransaction(fixture.store, (tx) => createRetry(tx, jobId));
  const job = await succeeded(fixture.store, retry);
  const [shard] = job.tasks.filter((task) => task.shard === 0);
  expect(shard?.metrics).toMatchObject({ texts: distinct, encoded: distinct - texts });
  expect(await count()).toEqual({ vectors: distinct, texts: distinct });
  expect((await jobOf(fixture.store, retry)).crossValidationId).not.toBeNull();
});
