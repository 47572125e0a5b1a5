import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startRedis } from "@winnow/local-services";
import { requestCancel } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { jobOf, makeCsv, postIngest, postTraining, soon, succeeded } from "../../support/jobs.js";
import {
  childrenOf,
  isAlive,
  openWorkerFixture,
  type WorkerFixture,
  type WorkerProcess,
} from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let fixture: WorkerFixture;
let datasetId: string;
let orchestrator: WorkerProcess;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  const worker = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const ingest = await succeeded(fixture.store, await postIngest(fixture, makeCsv(120)));
  datasetId = ingest.datasetId as string;
  await worker.stop();
  orchestrator = await fixture.startWorker({ WORKER_ROLES: "orchestrator" });
});

afterEach(() => {
  expect(orchestrator.child.exitCode).toBeNull();
});

afterAll(async () => {
  await fixture.close();
});

const once = (role: string, env: Record<string, string> = {}) =>
  fixture.startWorkerOnce({ WORKER_ROLES: role, ...env });

const statesOf = async (jobId: string): Promise<string[]> =>
  (await jobOf(fixture.store, jobId)).tasks.map(({ state }) => state).sort();

it("it takes one delivery and ends with 0; the next task waits for the next worker", async () => {
  const jobs = [await postIngest(fixture, makeCsv(30)), await postIngest(fixture, makeCsv(30, 2))];
  expect(await (await once("cpu")).ended()).toBe(0);
  const states = await Promise.all(jobs.map(async (id) => (await jobOf(fixture.store, id)).state));
  expect(states.sort()).toEqual(["queued", "succeeded"]);
  expect(await (await once("cpu")).ended()).toBe(0);
  for (const id of jobs) await succeeded(fixture.store, id);
});

it("several at once take one delivery each", async () => {
  const jobs = await Promise.all([2, 3, 4].map((n) => postIngest(fixture, makeCsv(30, n))));
  const workers = await Promise.all([once("cpu"), once("cpu"), once("cpu")]);
  expect(await Promise.all(workers.map((worker) => worker.ended()))).toEqual([0, 0, 0]);
  for (const worker of workers) expect(worker.output().match(/task started/g)).toHaveLength(1);
  const attempts = await Promise.all(jobs.map((id) => succeeded(fixture.store, id)));
  expect(attempts.flatMap(({ tasks }) => tasks.map(({ attempt }) => attempt))).toEqual([1, 1, 1]);
});

it("without a delivery it ends with 0 after ONCE_IDLE_MS", async () => {
  const worker = await once("cpu", { ONCE_IDLE_MS: "500" });
  expect(await worker.ended()).toBe(0);
  expect(worker.output()).toContain("no delivery came");
});

it("it trains a fold in a child, and both are gone at its end", async () => {
  const jobId = await postTraining(fixture.store, datasetId, { folds: 2 });
  const worker = await once("trainer");
  const [child] = await soon("a trainer", () => {
    const children = childrenOf(worker);
    return children.length > 0 && children;
  });
  expect(await worker.ended()).toBe(0);
  expect(isAlive(child!)).toBe(false);
  expect(await statesOf(jobId)).toEqual(["queued", "succeeded"]);
  expect(await (await once("trainer")).ended()).toBe(0);
  await succeeded(fixture.store, jobId);
});

it("on SIGTERM the fold is handed back with its checkpoint, and the next worker goes on from there", async () => {
  const jobId = await postTraining(fixture.store, datasetId, {
    folds: 2,
    training: { epochs: 100, batchSize: 1 },
  });
  const stepOf = async (): Promise<number> =>
    Math.max(...(await jobOf(fixture.store, jobId)).tasks.map(({ step }) => step ?? 0));
  const worker = await once("trainer");
  await soon("a fold to train", async () => (await stepOf()) > 0);
  const children = childrenOf(worker);
  const startedAt = performance.now();
  expect(await worker.stop()).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(children.filter(isAlive)).toEqual([]);
  expect(await statesOf(jobId)).toEqual(["queued", "queued"]);
  const saved = await stepOf();
  const next = await once("trainer");
  await soon("a fold to go on", async () => (await stepOf()) > saved);
  await requestCancel(fixture.store, jobId);
  expect(await next.ended()).toBe(0);
  expect((await jobOf(fixture.store, jobId)).state).toBe("cancelled");
});

it("an entry without work does not count as its delivery", async () => {
  const cancelled = await postTraining(fixture.store, datasetId, { folds: 2 });
  await soon("the entries to be queued", async () => {
    const { rows } = await poolOf(fixture.store).query(
      "SELECT 1 FROM outbox WHERE sent_at IS NULL",
    );
    return rows.length === 0;
  });
  await requestCancel(fixture.store, cancelled);
  const jobId = await postTraining(fixture.store, datasetId, { folds: 2 });
  expect(await (await once("trainer")).ended()).toBe(0);
  expect(await statesOf(jobId)).toEqual(["queued", "succeeded"]);
  await requestCancel(fixture.store, jobId);
});

it("it ends with 1 if what it needs is not there in time, and says what", async () => {
  const starting = once("cpu", { STORAGE_DIR: "/proc/no-such-folder", ONCE_IDLE_MS: "500" });
  await expect(starting).rejects.toThrow(/ended with 1 [\s\S]*not ready after 500 ms: storage/);
});

it("it makes three connections to Redis, and opens no queue to write to", async () => {
  const folder = await mkdtemp(join(tmpdir(), "winnow-once-"));
  const redis = await startRedis({ dataDir: folder, durability: "fast" });
  const admin = new Redis(redis.url);
  const connections = async () =>
    Number(/total_connections_received:(\d+)/.exec(await admin.info("stats"))?.[1]);
  try {
    const before = await connections();
    const worker = await once("cpu", { REDIS_URL: redis.url, ONCE_IDLE_MS: "500" });
    expect(await worker.ended()).toBe(0);
    // One that looks what server it is, one on which it says what it takes, and one to take it on.
    expect((await connections()) - before).toBe(3);
    // BullMQ's own mark of every queue that is opened to write to it.
    const keys = await admin.keys("*:meta");
    const versions = await Promise.all(keys.map((key) => admin.hget(key, "version")));
    expect(versions.filter((version) => version !== null)).toEqual([]);
  } finally {
    admin.disconnect();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

it("an option that it does not have is refused", () => {
  const main = fileURLToPath(new URL("../../../apps/worker/dist/main.js", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [main, "--twice"], { encoding: "utf8" });
  expect([status, stderr]).toEqual([1, expect.stringMatching(/'--twice'.* only option is --once/)]);
});
