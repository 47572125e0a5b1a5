import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPath } from "@winnow/storage";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { countVectors, csvOf, labelledTexts, writeSlowEncoder } from "../support/encoded-rows.js";
import { eventually, postIngest, postTraining, succeeded } from "../support/jobs.js";
import { probabilitiesOf } from "../support/probabilities.js";
import { openWorkerFixture, type WorkerFixture } from "../support/worker-fixture.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 600_000 });

const KILLS = scaled({ full: 10, short: 3 });
const rows = labelledTexts(scaled({ full: 16_000, short: 3_000 }));
const distinct = new Set(rows.map(({ text }) => text)).size;
const PATIENT_MS = 600_000;
const RUN = {
  model: { kind: "quick", encoder: { checkpoint: { path: "slow" } } },
  training: {},
  folds: undefined,
  backend: "auto",
};

let fixture: WorkerFixture;
let datasetId: string;
let models: string;

const startWorker = () =>
  fixture.startWorker({
    WORKER_ROLES: "cpu,orchestrator,trainer",
    MODELS_DIR: models,
    TRAINER_CONCURRENCY: "2",
  });

beforeAll(async () => {
  fixture = await openWorkerFixture();
  models = await mkdtemp(join(tmpdir(), "winnow-models-"));
  await writeSlowEncoder(models, "slow");
  const worker = await startWorker();
  const params = { format: { type: "csv" }, duplicates: "keep" };
  const ingest = await postIngest(fixture, csvOf(rows), params);
  datasetId = (await succeeded(fixture.store, ingest, PATIENT_MS)).datasetId as string;
  await worker.stop();
});

afterAll(async () => {
  await fixture.close();
  await rm(models, { recursive: true, force: true });
});

const vectors = () => countVectors(fixture.storageDir, join(models, "slow"), {});

/** What each attempt found when it began: different texts of its shard, and those in the cache. */
async function begun(jobId: string): Promise<{ shard: number; texts: number; cached: number }[]> {
  const { rows: events } = await poolOf(fixture.store).query<{
    data: { message?: string; shard: number; texts: number; cached: number };
  }>("SELECT data FROM job_events WHERE job_id = $1 AND type = 'log' ORDER BY id", [jobId]);
  return events.map(({ data }) => data).filter(({ message }) => message === "encoding");
}

it("encoding survives kills of its worker: no text that was encoded is encoded again, and the bits are the same", async (context) => {
  const chaos = chaosOf(context);
  const jobId = await postTraining(fixture.store, datasetId, RUN);
  let [kills, inTheMiddle] = [0, 0];
  let before = 0;
  while (kills < KILLS) {
    const worker = await startWorker();
    const isAtWork = async () => {
      const { texts } = await vectors();
      return texts > before || texts === distinct;
    };
    await eventually("the encoding to go on", isAtWork, PATIENT_MS);
    await chaos.moment(0, 700);
    await worker.kill();
    kills += 1;
    before = (await vectors()).texts;
    if (before < distinct) inTheMiddle += 1;
    chaos.tell({ kills, "in the middle": inTheMiddle, encoded: before });
    if (before === distinct) break;
  }
  await startWorker();
  const job = await succeeded(fixture.store, jobId, PATIENT_MS);
  expect(inTheMiddle).toBeGreaterThan(0);
  expect(await vectors()).toEqual({ vectors: distinct, texts: distinct });

  const shards = job.tasks.filter(({ shard }) => shard !== null);
  const attempts = await begun(jobId);
  expect(Math.max(...shards.map(({ attempt }) => attempt))).toBeGreaterThan(1);
  for (const { shard, metrics } of shards) {
    const own = attempts.filter((one) => one.shard === shard);
    const last = own.at(-1)!;
    // What an attempt left is what the next one finds, and the last one encodes the rest.
    expect(own.map(({ cached }) => cached)).toEqual(
      own.map(({ cached }) => cached).sort((a, b) => a - b),
    );
    expect(metrics).toMatchObject({ texts: last.texts, encoded: last.texts - last.cached });
  }
  const undisturbed = await undisturbedAnswer();
  expect(await probabilitiesOf(fixture.store, job.crossValidationId as string)).toEqual(
    undisturbed,
  );
  chaos.tell({ attempts: attempts.length, texts: distinct });
});

/** The same run with an empty cache. */
async function undisturbedAnswer(): Promise<number[][]> {
  await rm(folderPath(fixture.storageDir, "embeddings"), { recursive: true });
  const again = await postTraining(fixture.store, datasetId, RUN);
  const job = await succeeded(fixture.store, again, PATIENT_MS);
  return probabilitiesOf(fixture.store, job.crossValidationId as string);
}
