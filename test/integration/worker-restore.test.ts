import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Job } from "@winnow/contracts";
import {
  createWebhook,
  listDeliveries,
  listEvents,
  openStore,
  type Store,
  withTransaction,
} from "@winnow/store";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startApiProcess } from "../support/api-process.js";
import { runCli } from "../support/cli.js";
import {
  eventually,
  jobOf,
  makeCsv,
  postIngest,
  postPruning,
  postTraining,
  succeeded,
} from "../support/jobs.js";
import { startKillableServices } from "../support/killable-services.js";
import {
  type Bench,
  childrenOf,
  openBench,
  startWorkerProcess,
} from "../support/worker-process.js";

vi.setConfig({ testTimeout: 600_000 });

/** Some seconds of training a fold, in epochs of many steps. */
const LONG = { training: { epochs: 4, batchSize: 2 }, folds: 2, pruning: {} };
const TRAINER_ONLY = {
  WORKER_ROLES: "trainer,orchestrator",
  TRAINER_CONCURRENCY: "1",
  CHECKPOINT_INTERVAL_MS: "100",
};

let bench: Bench;
let folder: string;

beforeAll(async () => {
  bench = await openBench();
  folder = mkdtempSync(join(tmpdir(), "winnow-restore-"));
});

afterAll(async () => {
  await bench.close();
  rmSync(folder, { recursive: true, force: true });
});

it("a backup with queued jobs and a half-trained fold, in a fresh cluster with an empty Redis: all go on", async () => {
  const { store, storageDir } = bench;
  const all = await bench.startWorker({ CHECKPOINT_INTERVAL_MS: "100" });
  const ingest = await succeeded(store, await postIngest(bench, makeCsv(60)));
  const datasetId = ingest.datasetId as string;
  const done = await succeeded(store, await postTraining(store, datasetId, { folds: 2 }));
  const crossValidationId = done.crossValidationId as string;
  const pruned = await succeeded(store, await postPruning(store, crossValidationId));
  const pruningId = pruned.pruningId as string;
  await all.stop();

  // Now nobody takes ingests and prunings: they stay queued. The trainer takes one fold at a time.
  const hook = await withTransaction(store, (tx) =>
    createWebhook(tx, {
      url: "https://ci.invalid/",
      events: ["job.succeeded"],
      kinds: [],
      description: "",
    }),
  );
  const trainer = await bench.startWorker(TRAINER_ONLY);
  const training = await postTraining(store, datasetId, LONG);
  const open = [
    training,
    await postIngest(bench, makeCsv(50)),
    await postPruning(store, crossValidationId),
    await postTraining(store, datasetId, { folds: 2, seed: 11 }),
  ];
  await eventually("a fold that is half trained", async () => {
    const { tasks } = await jobOf(store, training);
    return (
      tasks.some(({ state, step }) => state === "running" && step > 20) &&
      checkpointsIn(storageDir) > 0
    );
  });
  // It stands still from here on: the backup is of a fold that is half trained, however slow we are.
  const children = childrenOf(trainer);
  for (const pid of children) process.kill(pid, "SIGSTOP");
  const backup = join(folder, "backup");
  const env = { DATABASE_URL: bench.databaseUrl, STORAGE_DIR: storageDir };
  const made = await runCli(["backup", backup, "--json"], { env });
  expect(made, made.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(made.stdout)).toMatchObject({ missing: [], files: expect.any(Number) });

  // The old place stands still, for comparison.
  for (const pid of children) process.kill(pid, "SIGKILL");
  await trainer.kill();
  const oldApi = await bench.startApi();

  const services = await startKillableServices();
  const restoredDir = join(folder, "storage");
  const there = {
    DATABASE_URL: services.postgres.url,
    REDIS_URL: services.redis.url,
    STORAGE_DIR: restoredDir,
  };
  const back = await runCli(["restore", backup, "--json"], { env: there });
  expect(back, back.stderr).toMatchObject({ code: 0 });
  const again = await runCli(["restore", backup], { env: there });
  expect(again.code).toBe(1);
  expect(again.stderr).toContain("storage-not-empty");
  expect(checkpointsIn(restoredDir)).toBeGreaterThan(0);

  const restored = openStore({ databaseUrl: there.DATABASE_URL, applicationName: "test" });
  const states = await Promise.all(open.map(async (id) => (await jobOf(restored, id)).state));
  expect(states).toEqual(["running", "queued", "queued", "queued"]);
  const worker = await startWorkerProcess({
    ...there,
    HEARTBEAT_INTERVAL_MS: "250",
    LOCK_DURATION_MS: "4000",
    STALE_AFTER_MS: "1500",
    RECONCILE_INTERVAL_MS: "500",
    RECONCILE_STALE_MS: "2000",
    CHECKPOINT_INTERVAL_MS: "100",
  });
  const newApi = await startApiProcess(there);
  try {
    const ends: Job[] = [];
    for (const id of open) ends.push(await succeeded(restored, id, 200_000));
    expect(await resumedSteps(restored, training)).not.toEqual([]);
    // A message that was never sent is still to be sent, and the new ends as well.
    const { data: told } = await listDeliveries(restored.pool, hook.id, { limit: 20 });
    expect(told.map(({ jobId }) => jobId)).toEqual(expect.arrayContaining(open));

    // What was finished is the same to the last bit.
    const paths = [
      `/v1/cross-validations/${crossValidationId}/probabilities`,
      `/v1/cross-validations/${crossValidationId}/probabilities?part=folds`,
      `/v1/prunings/${pruningId}/flags?limit=1000`,
      `/v1/prunings/${pruningId}/joint`,
      `/v1/prunings/${pruningId}/export?split=cleaned&format=csv`,
      `/v1/prunings/${pruningId}/export?split=noise&format=parquet`,
      `/v1/datasets/${datasetId}/profile`,
      `/v1/jobs/${done.id}/events`,
    ];
    for (const path of paths) {
      const [before, after] = await Promise.all(
        [oldApi, newApi].map(({ url }) => bytesOf(url + path)),
      );
      expect(before?.length, path).toBeGreaterThan(50);
      expect(after?.equals(before as Buffer), path).toBe(true);
    }
    console.log(
      "restored and ended:",
      ends.map(({ kind, state }) => `${kind} ${state}`).join(", "),
    );
  } finally {
    await Promise.all([worker.stop(), newApi.stop()]);
    await restored.close();
    await services.close();
  }
});

async function bytesOf(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}

const checkpointsIn = (dir: string): number =>
  existsSync(join(dir, "checkpoints"))
    ? readdirSync(join(dir, "checkpoints"), { recursive: true, encoding: "utf8" }).filter((name) =>
        name.endsWith(".checkpoint"),
      ).length
    : 0;

const resumedSteps = async (store: Store, jobId: string): Promise<unknown[]> =>
  (await listEvents(store.pool, jobId, undefined, 1000)).data
    .filter(({ data }) => data.message === "resumed")
    .map(({ data }) => data.step);
