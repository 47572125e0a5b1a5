import { requestCancel } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { openQueues } from "@winnow/worker";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { freePort } from "../../support/free-port.js";
import {
  ended,
  eventually,
  jobOf,
  makeCsv,
  postIngest,
  postTraining,
  succeeded,
} from "../../support/jobs.js";
import { addressOf } from "../../support/redis.js";
import {
  childrenOf,
  isAlive,
  killChildrenOf,
  openWorkerFixture,
  type WorkerFixture,
} from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 540_000 });

const ROWS = 120;
/** Long enough to be interrupted, short enough to run again. */
const LONG = { training: { epochs: 40, batchSize: 4 }, folds: 2 };
/** Does not end within a test. */
const ENDLESS = { training: { epochs: 100, batchSize: 1 }, folds: 2 };

let fixture: WorkerFixture;
let datasetId: string;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  const worker = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const job = await succeeded(fixture.store, await postIngest(fixture, makeCsv(ROWS)));
  datasetId = job.datasetId as string;
  await worker.stop();
});

afterEach(() => fixture.stopAll());

afterAll(() => fixture.close());

/** Waits until both folds of the job train. */
const training = (jobId: string) =>
  eventually("both folds to train", async () =>
    (await jobOf(fixture.store, jobId)).tasks.every(
      (task) => task.state === "running" && task.step > 0,
    ),
  );

async function rowsOf(jobId: string) {
  const { rows } = await poolOf(fixture.store).query<{ n: number; distinct: number }>(
    `SELECT count(*)::int AS n, count(DISTINCT ordinal)::int AS distinct
     FROM fold_probabilities p JOIN cross_validations c ON c.key = p.cross_validation_key
     WHERE c.job_id = $1`,
    [jobId],
  );
  return rows[0];
}

it("after kill -9 of the worker its children end within a second, and after a restart every row is there once", async () => {
  const worker = await fixture.startWorker();
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  await training(jobId);
  const children = childrenOf(worker);
  expect(children).toHaveLength(2);
  await worker.kill();
  const killedAt = performance.now();
  await eventually("the children to end", async () => !children.some(isAlive), 5_000);
  expect(performance.now() - killedAt).toBeLessThan(1_000);
  expect(await rowsOf(jobId)).toEqual({ n: 0, distinct: 0 });

  const next = await fixture.startWorker();
  const job = await succeeded(fixture.store, jobId);
  expect(await rowsOf(jobId)).toEqual({ n: ROWS, distinct: ROWS });
  for (const { state, attempt } of job.tasks) {
    expect(state).toBe("succeeded");
    expect(attempt).toBeGreaterThanOrEqual(2);
  }
  expect(await next.stop()).toBe(0);
});

it("a cancel ends the children and leaves no rows", async () => {
  const worker = await fixture.startWorker();
  const jobId = await postTraining(fixture.store, datasetId, ENDLESS);
  await training(jobId);
  const children = childrenOf(worker);
  await requestCancel(fixture.store, jobId);
  const job = await ended(fixture.store, jobId, 60_000);
  expect(job.state).toBe("cancelled");
  expect(children.filter(isAlive)).toEqual([]);
  expect(await rowsOf(jobId)).toEqual({ n: 0, distinct: 0 });
  await worker.stop();
});

it("the fold of a killed child is trained again; the worker continues", async () => {
  const worker = await fixture.startWorker();
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  await training(jobId);
  const [victim] = childrenOf(worker);
  process.kill(victim as number, "SIGKILL");
  const job = await succeeded(fixture.store, jobId);
  expect(job.tasks.map((task) => task.attempt).sort()).toEqual([1, 2]);
  const { rows } = await poolOf(fixture.store).query<{ code: string }>(
    "SELECT jsonb_path_query(history, '$[*].code') #>> '{}' AS code FROM tasks WHERE job_id = $1",
    [jobId],
  );
  expect(rows).toEqual([{ code: "task-crashed" }]);
  expect(await rowsOf(jobId)).toEqual({ n: ROWS, distinct: ROWS });
  await worker.stop();
});

it("a child that hangs is killed and its fold trained again", async () => {
  const worker = await fixture.startWorker({
    TRAINER_SILENCE_MS: "6000",
    CHECKPOINT_INTERVAL_MS: "200",
  });
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  await training(jobId);
  const [victim] = childrenOf(worker);
  process.kill(victim as number, "SIGSTOP");
  await eventually("the hanging child to end", async () => !isAlive(victim as number), 60_000);
  await succeeded(fixture.store, jobId);
  const { rows } = await poolOf(fixture.store).query<{ why: string }>(
    "SELECT jsonb_path_query(history, '$[*].detail') #>> '{}' AS why FROM tasks WHERE job_id = $1",
    [jobId],
  );
  expect(rows.map(({ why }) => why)).toContain(
    "The trainer reported nothing for 6 s and was killed.",
  );
  expect(await rowsOf(jobId)).toEqual({ n: ROWS, distinct: ROWS });
  await worker.stop();
});

it("when every child dies at once, the worker takes no more folds and is not ready", async () => {
  const port = await freePort();
  const worker = await fixture.startWorker({ HEALTH_HOST: "127.0.0.1", HEALTH_PORT: String(port) });
  const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
  expect(await ready()).toBe(200);
  const jobs = await Promise.all([0, 1].map(() => postTraining(fixture.store, datasetId, ENDLESS)));
  await eventually("the worker to be unready", async () => {
    killChildrenOf(worker);
    return (await ready()) === 503;
  });
  await eventually("the last children to end", async () => {
    killChildrenOf(worker);
    const { rows } = await poolOf(fixture.store).query(
      "SELECT 1 FROM tasks WHERE state = 'running' AND job_id = ANY($1)",
      [jobs],
    );
    return rows.length === 0;
  });
  expect(childrenOf(worker)).toEqual([]);
  await Promise.all(jobs.map((jobId) => requestCancel(fixture.store, jobId)));
  await Promise.all(jobs.map((jobId) => ended(fixture.store, jobId)));
  // Other tasks continue.
  await succeeded(fixture.store, await postIngest(fixture, makeCsv(30)));
  await worker.stop();
});

it("SIGTERM hands the folds back, and another worker finishes them", async () => {
  const worker = await fixture.startWorker();
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  await training(jobId);
  expect(await worker.stop()).toBe(0);
  const handedBack = await jobOf(fixture.store, jobId);
  expect(handedBack.tasks.map((task) => task.state)).toEqual(["queued", "queued"]);
  const next = await fixture.startWorker();
  await succeeded(fixture.store, jobId);
  expect(await rowsOf(jobId)).toEqual({ n: ROWS, distinct: ROWS });
  await next.stop();
});

it("duplicate deliveries change nothing, at the same time or later", async () => {
  const worker = await fixture.startWorker({ TRAINER_CONCURRENCY: "6" });
  const address = addressOf(fixture.redisUrl);
  const queues = await openQueues(address, fixture, (error) => {
    throw error;
  });
  const jobId = await postTraining(fixture.store, datasetId, { folds: 2 });
  const { rows } = await poolOf(fixture.store).query<{ id: string }>(
    "SELECT id FROM tasks WHERE job_id = $1",
    [jobId],
  );
  const deliver = (delivery: number) =>
    queues.add(
      rows.map(({ id }) => ({
        queue: "fold-training",
        payload: { jobId, taskId: id, delivery },
      })),
    );
  for (const delivery of [101, 102, 103, 104]) await deliver(delivery);
  await succeeded(fixture.store, jobId);
  const before = await poolOf(fixture.store).query("SELECT * FROM tasks WHERE job_id = $1", [
    jobId,
  ]);
  await deliver(105);
  await eventually("the entry to be consumed", async () => {
    const waits = await Promise.all(
      rows.map(({ id }) => queues.hasEntry("fold-training", id, 105)),
    );
    return !waits.some(Boolean);
  });
  const after = await poolOf(fixture.store).query("SELECT * FROM tasks WHERE job_id = $1", [jobId]);
  expect(after.rows).toEqual(before.rows);
  expect(await rowsOf(jobId)).toEqual({ n: ROWS, distinct: ROWS });
  await queues.close();
  address.close();
  await worker.stop();
});

it("queued tasks survive an emptied Redis", async () => {
  const orchestrator = await fixture.startWorker({ WORKER_ROLES: "orchestrator" });
  const jobId = await postIngest(fixture, makeCsv(30));
  const redis = new Redis(fixture.redisUrl);
  const keys = await eventually("the entry to reach Redis", async () => {
    const found = await redis.keys(`${fixture.prefix}:dataset-ingest:task_*`);
    return found.length > 0 && (await redis.keys(`${fixture.prefix}:*`));
  });
  await redis.del(...keys);
  redis.disconnect();
  const worker = await fixture.startWorker({ WORKER_ROLES: "cpu" });
  await succeeded(fixture.store, jobId);
  await Promise.all([worker.stop(), orchestrator.stop()]);
});

it("an entry whose worker died before it claimed the task is queued again", async () => {
  const orchestrator = await fixture.startWorker({ WORKER_ROLES: "orchestrator" });
  const jobId = await postIngest(fixture, makeCsv(30));
  const redis = new Redis(fixture.redisUrl);
  const queue = `${fixture.prefix}:dataset-ingest`;
  await eventually("the entry to be taken", () =>
    redis.lmove(`${queue}:wait`, `${queue}:active`, "RIGHT", "LEFT"),
  );
  await eventually("the next entry", () => redis.llen(`${queue}:wait`));
  redis.disconnect();
  const worker = await fixture.startWorker({ WORKER_ROLES: "cpu" });
  const job = await succeeded(fixture.store, jobId);
  expect(job.attempt).toBe(1);
  await Promise.all([worker.stop(), orchestrator.stop()]);
});

it("when the last trainer dies, the orchestrator alone queues its folds again", async () => {
  const orchestrator = await fixture.startWorker({ WORKER_ROLES: "orchestrator" });
  const trainer = await fixture.startWorker({ WORKER_ROLES: "trainer" });
  const jobId = await postTraining(fixture.store, datasetId, ENDLESS);
  await training(jobId);
  await trainer.kill();
  const redis = new Redis(fixture.redisUrl);
  await eventually("both folds to wait", async () => {
    const waiting = await redis.lrange(`${fixture.prefix}:fold-training:wait`, 0, -1);
    const { rows } = await poolOf(fixture.store).query<{ entry: string }>(
      "SELECT id || '-' || delivery AS entry FROM tasks WHERE job_id = $1 AND state = 'queued'",
      [jobId],
    );
    return rows.length === 2 && rows.every(({ entry }) => waiting.includes(entry));
  });
  redis.disconnect();
  await requestCancel(fixture.store, jobId);
  expect((await ended(fixture.store, jobId)).state).toBe("cancelled");
  await orchestrator.stop();
});
