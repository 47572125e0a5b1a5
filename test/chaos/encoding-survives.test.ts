import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPath } from "@winnow/storage";
import { createRetry, requestCancel, withTransaction } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { countVectors, csvOf, labelledTexts, writeSlowEncoder } from "../support/encoded-rows.js";
import { ended, eventually, postIngest, postTraining, succeeded } from "../support/jobs.js";
import { probabilitiesOf } from "../support/probabilities.js";
import { openWorkerFixture, type WorkerFixture } from "../support/worker-fixture.js";
import { type Chaos, chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 1_800_000, hookTimeout: 600_000 });

const KILLS = scaled({ full: 10, short: 2 });
const CANCELS = scaled({ full: 5, short: 1 });
/** At full scale four shards, of which two are encoded at a time. */
const rows = labelledTexts(scaled({ full: 16_000, short: 1_500 }));
const distinct = new Set(rows.map(({ text }) => text)).size;
const PATIENT_MS = 600_000;
/** About what a batch takes. */
const BATCH_MS = 700;
const RUN = {
  model: { kind: "quick", encoder: { checkpoint: { path: "slow" } } },
  training: {},
  folds: undefined,
  backend: "auto",
};

let fixture: WorkerFixture;
let datasetId: string;
let models: string;
let undisturbed: number[][];

const startWorker = (env: Record<string, string> = {}) =>
  fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator,trainer", MODELS_DIR: models, ...env });

beforeAll(async () => {
  fixture = await openWorkerFixture();
  models = await mkdtemp(join(tmpdir(), "winnow-models-"));
  await writeSlowEncoder(models, "slow");
  // No trainer: the stand-in encodes.
  const worker = await startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const params = { format: { type: "csv" }, duplicates: "keep" };
  const ingest = await postIngest(fixture, csvOf(rows), params);
  datasetId = (await succeeded(fixture.store, ingest, PATIENT_MS)).datasetId as string;
  undisturbed = await answerOf(await train());
  expect(worker.output()).toContain("no trainer is there: this worker encodes rows");
  await worker.stop();
});

afterEach(() => fixture.stopAll());

afterAll(async () => {
  await fixture.close();
  await rm(models, { recursive: true, force: true });
});

const train = () => postTraining(fixture.store, datasetId, RUN);

async function answerOf(jobId: string): Promise<number[][]> {
  const { crossValidationId } = await succeeded(fixture.store, jobId, PATIENT_MS);
  return probabilitiesOf(fixture.store, crossValidationId as string);
}

const vectors = () => countVectors(fixture.storageDir, join(models, "slow"), {});

let emptied = 0;
/** Nothing is encoded any more. */
const emptyCache = () => {
  const folder = folderPath(fixture.storageDir, "encoded");
  return rename(folder, join(models, `encoded-${emptied++}`));
};

/** Waits until more is encoded than there was, and for a part of the next batch. */
async function inTheMiddle(chaos: Chaos, before: number): Promise<void> {
  const goesOn = async () => {
    const { texts } = await vectors();
    return texts > before || texts === distinct;
  };
  await eventually("the encoding to go on", goesOn, PATIENT_MS);
  await chaos.moment(0, BATCH_MS);
}

/** What an attempt found when it began: different texts of its shard, and those in the cache. */
interface Begun {
  readonly shard: number;
  readonly texts: number;
  readonly cached: number;
}

async function begunOf(jobId: string): Promise<Begun[]> {
  const { rows: events } = await poolOf(fixture.store).query<{
    data: Begun & { message?: string };
  }>("SELECT data FROM job_events WHERE job_id = $1 AND type = 'log' ORDER BY id", [jobId]);
  return events.map(({ data }) => data).filter(({ message }) => message === "encoding");
}

/** Every text has one vector, and each shard's last attempt made those that the others had not. */
async function expectOnce(jobId: string): Promise<Begun[]> {
  const job = await succeeded(fixture.store, jobId, PATIENT_MS);
  const attempts = await begunOf(jobId);
  const shards = job.tasks.filter(({ shard }) => shard !== null);
  for (const { shard, metrics } of shards) {
    const own = attempts.filter((one) => one.shard === shard);
    const cached = own.map((one) => one.cached);
    expect(cached).toEqual(cached.toSorted((a, b) => a - b));
    const { texts } = own.at(-1)!;
    expect(metrics).toMatchObject({ texts, encoded: texts - cached.at(-1)! });
  }
  expect(shards.reduce((sum, { metrics }) => sum + Number(metrics?.texts), 0)).toBe(distinct);
  expect(await vectors()).toEqual({ vectors: distinct, texts: distinct });
  return attempts;
}

it("encoding survives kills of its worker: no text is encoded twice, and the bits are the same", async (context) => {
  const chaos = chaosOf(context);
  await emptyCache();
  const jobId = await train();
  let [kills, killedInside, before] = [0, 0, 0];
  while (kills < KILLS && before < distinct) {
    const worker = await startWorker();
    await inTheMiddle(chaos, before);
    await worker.kill();
    kills += 1;
    before = (await vectors()).texts;
    if (before < distinct) killedInside += 1;
    chaos.tell({ kills, "in the middle": killedInside });
  }
  expect(killedInside).toBeGreaterThan(0);
  await startWorker();
  expect(await answerOf(jobId)).toEqual(undisturbed);
  const attempts = await expectOnce(jobId);
  expect(attempts.some(({ cached }) => cached > 0)).toBe(true);
  chaos.tell({ attempts: attempts.length, texts: distinct, "encoded twice": 0 });
});

it("encoding survives cancels: a retry encodes the rest, and the next run nothing", async (context) => {
  const chaos = chaosOf(context);
  await emptyCache();
  await startWorker();
  let jobId = await train();
  let [cancels, before] = [0, 0];
  while (cancels < CANCELS && before < distinct) {
    await inTheMiddle(chaos, before);
    await requestCancel(fixture.store, jobId);
    const { state } = await ended(fixture.store, jobId, PATIENT_MS);
    if (state === "succeeded") break;
    expect(state).toBe("cancelled");
    cancels += 1;
    before = (await vectors()).texts;
    const cancelled = jobId;
    jobId = await withTransaction(fixture.store, (tx) => createRetry(tx, cancelled));
  }
  expect(cancels).toBeGreaterThan(0);
  expect(await answerOf(jobId)).toEqual(undisturbed);
  // A task may be taken over on a busy machine; what its first attempt found was left by the cancels.
  const attempts = await expectOnce(jobId);
  const firsts = attempts.filter(
    ({ shard }, i) => attempts.findIndex((one) => one.shard === shard) === i,
  );
  const kept = firsts.reduce((sum, { cached }) => sum + cached, 0);
  expect(kept).toBe(before);

  const next = await train();
  expect(await answerOf(next)).toEqual(undisturbed);
  for (const { texts, cached } of await expectOnce(next)) expect(cached).toBe(texts);
  chaos.tell({ cancels, texts: distinct, kept });
});
