import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import {
  csvOf,
  ENCODER,
  labelledTexts,
  MODELS,
  writeSlowEncoder,
} from "../../support/encoded-rows.js";
import { postIngest, postTraining, soon, succeeded } from "../../support/jobs.js";
import {
  openWorkerFixture,
  type WorkerFixture,
  type WorkerProcess,
} from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

/** Two shards, of which a trainer of one task at a time leaves one waiting. */
const rows = labelledTexts(4_200);
const STANDS_IN = "no trainer is there: this worker encodes rows";
const GIVES_BACK = "a trainer is there: it encodes rows again";

let fixture: WorkerFixture;
let models: string;
let datasetId: string;
let cpu: WorkerProcess;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  models = await mkdtemp(join(tmpdir(), "winnow-models-"));
  await cp(join(MODELS, "bare-names"), join(models, "bare-names"), { recursive: true });
  await writeSlowEncoder(models, "slow");
});

afterAll(async () => {
  await fixture.close();
  await rm(models, { recursive: true, force: true });
});

const start = (roles: string) =>
  fixture.startWorker({ WORKER_ROLES: roles, MODELS_DIR: models, TRAINER_CONCURRENCY: "1" });

/** Encodes all rows by an encoder that no run had; returns who encoded each shard. */
async function encodersOf(encoder: object): Promise<(string | null)[]> {
  const run = {
    model: { kind: "quick", encoder },
    training: {},
    folds: undefined,
    backend: "auto",
  };
  const jobId = await postTraining(fixture.store, datasetId, run);
  await succeeded(fixture.store, jobId, 200_000);
  const { rows: tasks } = await poolOf(fixture.store).query<{ worker_id: string }>(
    "SELECT worker_id FROM tasks WHERE job_id = $1 AND kind = 'encode-rows' ORDER BY shard",
    [jobId],
  );
  return tasks.map(({ worker_id }) => worker_id);
}

const idOf = (worker: WorkerProcess): string => /"workerId":"([^"]+)"/.exec(worker.output())![1]!;

const count = (worker: WorkerProcess, text: string) => worker.output().split(text).length - 1;

it("beside a live trainer a cpu worker leaves encoding alone, however long shards wait", async () => {
  const trainer = await start("trainer");
  cpu = await start("cpu,orchestrator");
  const params = { format: { type: "csv" }, duplicates: "keep" };
  const ingest = await postIngest(fixture, csvOf(rows), params);
  datasetId = (await succeeded(fixture.store, ingest)).datasetId as string;
  const startedAt = performance.now();
  const encoders = await encodersOf({ checkpoint: { path: "slow" } });
  expect(encoders).toEqual([idOf(trainer), idOf(trainer)]);
  // Much longer than a cpu worker waits where no trainer is seen.
  expect(performance.now() - startedAt).toBeGreaterThan(3_000);
  expect(count(cpu, STANDS_IN)).toBe(0);
  await trainer.kill();
});

it("it stands in once the trainer is gone, and leaves encoding to the next that comes", async () => {
  await soon("the cpu worker to stand in", () => count(cpu, STANDS_IN) === 1);
  expect(await encodersOf(ENCODER)).toEqual([idOf(cpu), idOf(cpu)]);
  const trainer = await start("trainer");
  await soon("the cpu worker to give back", () => count(cpu, GIVES_BACK) === 1);
  const encoders = await encodersOf({ ...ENCODER, pooling: "cls" });
  expect(encoders).toEqual([idOf(trainer), idOf(trainer)]);
  expect(count(cpu, STANDS_IN)).toBe(1);
});
