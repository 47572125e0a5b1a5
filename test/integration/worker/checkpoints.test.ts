import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listEvents, listFolds, requestCancel } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import {
  ended,
  eventually,
  jobOf,
  makeCsv,
  postIngest,
  postTraining,
  succeeded,
  TINY_MODEL,
} from "../../support/jobs.js";
import { probabilitiesOf } from "../../support/probabilities.js";
import {
  childrenOf,
  openWorkerFixture,
  type WorkerFixture,
  type WorkerProcess,
} from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 540_000 });

const ROWS = 120;
/** A few seconds of training, in epochs of many steps. */
const LONG = { training: { epochs: 5, batchSize: 2 }, folds: 2 };
const OFTEN = { TRAINER_CONCURRENCY: "1", CHECKPOINT_INTERVAL_MS: "100" };

let fixture: WorkerFixture;
let datasetId: string;
let uninterrupted: number[][];
let started: WorkerProcess[] = [];

beforeAll(async () => {
  fixture = await openWorkerFixture();
  const worker = await start(OFTEN);
  const ingest = await succeeded(fixture.store, await postIngest(fixture, makeCsv(ROWS)));
  datasetId = ingest.datasetId as string;
  const job = await succeeded(fixture.store, await postTraining(fixture.store, datasetId, LONG));
  uninterrupted = await probabilitiesOf(fixture.store, job.crossValidationId as string);
  await worker.stop();
}, 540_000);

afterEach(async () => {
  // A failed test must not leave its worker or its states to the next one.
  await Promise.all(started.filter(({ child }) => child.exitCode === null).map((w) => w.kill()));
  started = [];
  rmSync(checkpointsDir(), { recursive: true, force: true });
});

afterAll(async () => {
  await fixture.close();
});

async function start(env: Record<string, string>): Promise<WorkerProcess> {
  const worker = await fixture.startWorker(env);
  started.push(worker);
  return worker;
}

const checkpointsDir = () => join(fixture.storageDir, "checkpoints");

/** The folders of tasks with at least two saved states, one of which may be damaged. */
const saved = (): string[] => folders().filter((task) => statesOf(task).length >= 2);

const folders = (): string[] => (existsSync(checkpointsDir()) ? readdirSync(checkpointsDir()) : []);

const statesOf = (task: string) =>
  readdirSync(join(checkpointsDir(), task))
    .filter((name) => name.endsWith(".checkpoint"))
    .sort();

const resumedSteps = async (jobId: string): Promise<number[]> =>
  (await listEvents(fixture.store, jobId, undefined, 1000)).data
    .filter(({ data }) => data.message === "resumed")
    .map(({ data }) => data.step as number);

async function expectSameAnswer(jobId: string): Promise<void> {
  const job = await succeeded(fixture.store, jobId);
  const runId = job.crossValidationId as string;
  expect(await probabilitiesOf(fixture.store, runId)).toEqual(uninterrupted);
  for (const fold of await listFolds(fixture.store, runId)) {
    expect(fold.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
  }
  // The worker removes them once it knows that the fold is written.
  await eventually("the states to go", async () => folders().length === 0, 60_000);
}

async function killChildInTheMiddle(worker: WorkerProcess): Promise<string> {
  const [task] = await eventually("two states", async () => saved().length > 0 && saved());
  const [child] = childrenOf(worker);
  process.kill(child as number, "SIGKILL");
  return task as string;
}

it("after the kill of a child the next one resumes from its last state, bit for bit", async () => {
  const worker = await start(OFTEN);
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  await killChildInTheMiddle(worker);
  await expectSameAnswer(jobId);
  expect((await resumedSteps(jobId))[0]).toBeGreaterThan(0);
  await worker.stop();
});

it("a damaged state is skipped for the one before, with the same result", async () => {
  const worker = await start(OFTEN);
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  await eventually("two states", async () => saved().length > 0);
  await worker.kill();
  const [task] = saved();
  const newest = statesOf(task as string).at(-1)!;
  truncateSync(join(checkpointsDir(), task as string, newest), 1000);
  const next = await start(OFTEN);
  await expectSameAnswer(jobId);
  expect((await resumedSteps(jobId))[0]).toBeGreaterThan(0);
  expect(next.output()).toContain(`the checkpoint ${newest} is damaged`);
  await next.stop();
});

it("training does not resume from the state of another run", async () => {
  const worker = await start(OFTEN);
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  await eventually("two states", async () => saved().length > 0);
  await worker.kill();
  // As after a change of the recipe: the same job with different parameters.
  const training = { ...LONG.training, learningRate: 0.02 };
  await poolOf(fixture.store).query(
    "UPDATE jobs SET params = jsonb_set(params, '{training}', $2) WHERE id = $1",
    [jobId, JSON.stringify({ recipe: "scratch", ...training })],
  );
  const next = await start(OFTEN);
  const fresh = await postTraining(fixture.store, datasetId, { ...LONG, training });
  const [job, untouched] = [
    await succeeded(fixture.store, jobId),
    await succeeded(fixture.store, fresh),
  ];
  const answer = await probabilitiesOf(fixture.store, job.crossValidationId as string);
  expect(answer).toEqual(
    await probabilitiesOf(fixture.store, untouched.crossValidationId as string),
  );
  expect(answer).not.toEqual(uninterrupted);
  expect(next.output()).toContain("belongs to another run");
  await next.stop();
});

it("SIGTERM saves the state, however rare checkpoints are, and another worker resumes from it", async () => {
  const rare = { ...OFTEN, CHECKPOINT_INTERVAL_MS: "3600000" };
  const worker = await start(rare);
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  await eventually("the training", async () =>
    (await jobOf(fixture.store, jobId)).tasks.some(
      ({ state, step }) => state === "running" && step,
    ),
  );
  expect(await worker.stop()).toBe(0);
  expect(readdirSync(checkpointsDir()).flatMap(statesOf)).toHaveLength(1);
  const next = await start(rare);
  await expectSameAnswer(jobId);
  expect((await resumedSteps(jobId))[0]).toBeGreaterThan(0);
  await next.stop();
});

it("a cancelled fold leaves no state", async () => {
  const worker = await start(OFTEN);
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  await eventually("two states", async () => saved().length > 0);
  await requestCancel(fixture.store, jobId);
  expect((await ended(fixture.store, jobId, 10_000)).state).toBe("cancelled");
  await eventually("the folder to go", async () => saved().length === 0);
  await worker.stop();
});

it("a full disk fails the task with storage-full; the worker stays up and leaves no damaged state", async () => {
  const worker = await startWithFileLimit(40);
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  const job = await ended(fixture.store, jobId);
  expect(job).toMatchObject({ state: "failed", error: { code: "storage-full", status: 507 } });
  expect(folders().flatMap(statesOf)).toEqual([]);
  expect(folders().flatMap((task) => readdirSync(join(checkpointsDir(), task)))).not.toContainEqual(
    expect.stringMatching(/part$/),
  );
  expect(worker.exitCode).toBeNull();
  await succeeded(fixture.store, await postIngest(fixture, makeCsv(30)));
  worker.kill("SIGTERM");
  await once(worker, "close");
});

it("the folds of all runs share the tokens that one of them makes", async () => {
  const worker = await start({ TRAINER_CONCURRENCY: "2" });
  const ingest = await succeeded(fixture.store, await postIngest(fixture, makeCsv(90)));
  const ofNew = ingest.datasetId as string;
  const made = async (options: Record<string, unknown>) => {
    const jobId = await postTraining(fixture.store, ofNew, options);
    const job = await succeeded(fixture.store, jobId);
    const { data } = await listEvents(fixture.store, jobId, undefined, 1000);
    const told = data.filter((event) => event.data.message === "tokens");
    return {
      made: told.filter((event) => event.data.made === true).length,
      read: told.filter((event) => event.data.made === false).length,
      probs: await probabilitiesOf(fixture.store, job.crossValidationId as string),
    };
  };
  // A busy machine may start a fold twice; it then reads the tokens once more.
  const first = await made({ folds: 3 });
  expect(first.made).toBe(1);
  expect(first.read).toBeGreaterThanOrEqual(2);
  const second = await made({ folds: 3 });
  expect(second.made).toBe(0);
  expect(second.probs).toEqual(first.probs);
  expect(await made({ folds: 3, model: { ...TINY_MODEL, maxLength: 8 } })).toMatchObject({
    made: 1,
  });

  const files = readdirSync(join(fixture.storageDir, "tokens")).filter((n) => n.startsWith(ofNew));
  expect(files).toHaveLength(2);
  for (const name of files) {
    const path = join(fixture.storageDir, "tokens", name);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = bytes.at(-1)! ^ 1;
    writeFileSync(path, bytes);
  }
  const third = await made({ folds: 3 });
  expect(third.made).toBe(1);
  expect(third.probs).toEqual(first.probs);
  await worker.stop();
});

/** A worker whose processes cannot write files larger than this many blocks of 512 bytes. */
async function startWithFileLimit(blocks: number): Promise<ChildProcess> {
  const main = fileURLToPath(new URL("../../../apps/worker/dist/main.js", import.meta.url));
  const script = `ulimit -f ${blocks} && exec "${process.execPath}" "${main}"`;
  const worker = spawn("sh", ["-c", script], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: fixture.databaseUrl,
      REDIS_URL: fixture.redisUrl,
      QUEUE_PREFIX: fixture.queuePrefix,
      STORAGE_DIR: fixture.storageDir,
      RECONCILE_INTERVAL_MS: "500",
      ...OFTEN,
    },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  await once(worker, "message");
  return worker;
}
