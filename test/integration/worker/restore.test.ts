import { createHash } from "node:crypto";
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
  writeBackup,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { startApiProcess } from "../../support/api-process.js";
import { runCli } from "../../support/cli.js";
import {
  eventually,
  jobOf,
  makeCsv,
  postIngest,
  postPruning,
  postTraining,
  succeeded,
} from "../../support/jobs.js";
import { startKillableServices } from "../../support/killable-services.js";
import {
  childrenOf,
  openWorkerFixture,
  startWorkerProcess,
  type WorkerFixture,
} from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 600_000 });

/** A fold trains for seconds even if a step takes milliseconds: the test must see its heartbeats. */
const LONG = { training: { epochs: 20, batchSize: 1 }, folds: 2, pruning: {} };
const TRAINER_ONLY = {
  WORKER_ROLES: "trainer,orchestrator",
  TRAINER_CONCURRENCY: "1",
  CHECKPOINT_INTERVAL_MS: "100",
};
/** So that tasks of stopped workers are taken over soon. */
const HASTY = {
  HEARTBEAT_INTERVAL_MS: "250",
  LOCK_DURATION_MS: "4000",
  STALE_AFTER_MS: "1500",
  RECONCILE_INTERVAL_MS: "500",
  RECONCILE_STALE_MS: "2000",
  CHECKPOINT_INTERVAL_MS: "100",
};

let fixture: WorkerFixture;
let folder: string;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  folder = mkdtempSync(join(tmpdir(), "winnow-restore-"));
});

afterAll(async () => {
  await fixture.close();
  rmSync(folder, { recursive: true, force: true });
});

it("a backup with queued jobs and a half-trained fold continues in a fresh cluster with an empty Redis", async () => {
  const { store, storageDir } = fixture;
  const all = await fixture.startWorker({ CHECKPOINT_INTERVAL_MS: "100" });
  const ingest = await succeeded(store, await postIngest(fixture, makeCsv(60)));
  const datasetId = ingest.datasetId as string;
  const done = await succeeded(store, await postTraining(store, datasetId, { folds: 2 }));
  const crossValidationId = done.crossValidationId as string;
  const pruned = await succeeded(store, await postPruning(store, crossValidationId));
  const pruningId = pruned.pruningId as string;
  await all.stop();

  // No worker takes ingests and prunings: they stay queued. The trainer takes one fold at a time.
  const hook = await withTransaction(store, (tx) =>
    createWebhook(tx, {
      url: "https://ci.invalid/",
      events: ["job.succeeded"],
      kinds: [],
      description: "",
    }),
  );
  const trainer = await fixture.startWorker(TRAINER_ONLY);
  const training = await postTraining(store, datasetId, LONG);
  const open = [
    training,
    await postIngest(fixture, makeCsv(50)),
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
  // The trainer is paused from here on, so the backup has a half-trained fold however slow it is.
  const children = childrenOf(trainer);
  for (const pid of children) process.kill(pid, "SIGSTOP");
  const backup = join(folder, "backup");
  const env = { DATABASE_URL: fixture.databaseUrl, STORAGE_DIR: storageDir };
  const made = await runCli(["backup", backup, "--json"], { env });
  expect(made, made.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(made.stdout)).toMatchObject({ missing: [], files: expect.any(Number) });

  // The old cluster stays unchanged, for comparison.
  for (const pid of children) process.kill(pid, "SIGKILL");
  await trainer.kill();
  const oldApi = await fixture.startApi();

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
  const worker = await startWorkerProcess({ ...there, ...HASTY });
  const newApi = await startApiProcess(there);
  try {
    const ends: Job[] = [];
    for (const id of open) ends.push(await succeeded(restored, id, 200_000));
    expect(await resumedSteps(restored, training)).not.toEqual([]);
    // The unsent message and those of the new ends are still to be sent.
    const { data: told } = await listDeliveries(restored, hook.id, { limit: 20 });
    expect(told.map(({ jobId }) => jobId)).toEqual(expect.arrayContaining(open));

    // Finished results are the same to the last bit.
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

it("a restored run whose folds vote, one done and one half trained, ends like an uninterrupted one, with its models", async () => {
  // Its own fixture: that of the test above still has open jobs.
  const place = await openWorkerFixture();
  const { store, storageDir } = place;
  const params = { ...LONG, training: { epochs: 4, batchSize: 2, keepModels: true } };
  const all = await place.startWorker({ CHECKPOINT_INTERVAL_MS: "100" });
  const ingest = await succeeded(store, await postIngest(place, makeCsv(60)));
  const datasetId = ingest.datasetId as string;
  const alone = await succeeded(store, await postTraining(store, datasetId, params));
  await all.stop();

  const trainer = await place.startWorker(TRAINER_ONLY);
  const training = await postTraining(store, datasetId, params);
  await eventually("a fold that is done, and one with predictions of an epoch", async () => {
    const tasks = await tasksOf(store, training);
    const going = tasks.find(({ state }) => state === "running");
    return (
      tasks.some(({ state }) => state === "succeeded") &&
      going !== undefined &&
      filesIn(storageDir, `checkpoints/${going.id}`).some((name) => name.endsWith(".held-out")) &&
      filesIn(storageDir, `checkpoints/${going.id}`).some((name) => name.endsWith(".checkpoint"))
    );
  });
  const children = childrenOf(trainer);
  for (const pid of children) process.kill(pid, "SIGSTOP");
  const { crossValidationId: runId } = await jobOf(store, training);
  const tasks = await tasksOf(store, training);
  expect(tasks.map(({ state }) => state).sort()).toEqual(["running", "succeeded"]);
  const going = tasks.find(({ state }) => state === "running")?.id;
  const backup = join(folder, "voting");
  const manifest = await writeBackup({
    databaseUrl: place.databaseUrl,
    storageDir,
    target: backup,
    signal: new AbortController().signal,
  });
  for (const pid of children) process.kill(pid, "SIGKILL");
  await trainer.kill();
  const voted = manifest.tables.filter(({ epoch }) => epoch !== null);
  expect(voted.map(({ epoch, rows }) => [epoch, rows])).toEqual([1, 2, 3, 4].map((e) => [e, 30]));
  const held = manifest.files.map(({ path }) => path);
  expect(held.filter((path) => path.startsWith(`checkpoints/${going}/`)).sort()).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/\.checkpoint$/),
      expect.stringMatching(/\.held-out$/),
    ]),
  );
  expect(held.some((path) => path.startsWith(`models/${runId}/`))).toBe(true);
  expect(manifest.missing).toEqual([]);

  const services = await startKillableServices();
  const there = {
    DATABASE_URL: services.postgres.url,
    REDIS_URL: services.redis.url,
    STORAGE_DIR: join(folder, "voting-storage"),
  };
  const back = await runCli(["restore", backup, "--json"], { env: there });
  expect(back, back.stderr).toMatchObject({ code: 0 });
  const restored = openStore({ databaseUrl: there.DATABASE_URL, applicationName: "test" });
  const worker = await startWorkerProcess({ ...there, ...HASTY });
  const [oldApi, newApi] = [await place.startApi(), await startApiProcess(there)];
  try {
    await succeeded(restored, training, 200_000);
    expect(await resumedSteps(restored, training)).not.toEqual([]);
    for (const part of ["", "?part=folds", "?part=labels"]) {
      const of = (id: unknown) => `/v1/cross-validations/${id}/probabilities${part}`;
      const expected = await bytesOf(oldApi.url + of(alone.crossValidationId));
      const found = await bytesOf(newApi.url + of(runId));
      expect(expected.length, part).toBeGreaterThan(50);
      expect(found.equals(expected), part).toBe(true);
    }
    const left = await poolOf(restored).query(
      "SELECT 1 FROM pg_tables WHERE schemaname = 'partitions' AND tablename ~ '_e[0-9]+$'",
    );
    expect(left.rowCount).toBe(0);
    // The models of the chosen epoch, also of the fold that was finished before.
    const modelsOf = async ({ url }: { url: string }, id: unknown) => {
      const listed = await bytesOf(`${url}/v1/cross-validations/${id}/models`);
      const { data } = JSON.parse(listed.toString()) as {
        data: { fold: number; epoch: number; files: { name: string; href: string }[] }[];
      };
      const sums = [];
      for (const { fold, epoch, files } of data) {
        for (const { name, href } of files) {
          const sum = createHash("sha256").update(await bytesOf(url + href));
          sums.push({ fold, epoch, name, sha256: sum.digest("hex") });
        }
      }
      return sums;
    };
    const models = await modelsOf(newApi, runId);
    expect(models.length).toBeGreaterThanOrEqual(8);
    expect(models).toEqual(await modelsOf(oldApi, alone.crossValidationId));
  } finally {
    await Promise.all([worker.stop(), newApi.stop(), oldApi.stop()]);
    await restored.close();
    await services.close();
    await place.close();
  }
});

async function tasksOf(store: Store, jobId: string): Promise<{ id: string; state: string }[]> {
  return (await poolOf(store).query("SELECT id, state FROM tasks WHERE job_id = $1", [jobId])).rows;
}

async function bytesOf(url: string): Promise<Buffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return Buffer.from(await response.arrayBuffer());
}

const filesIn = (dir: string, below: string): string[] =>
  existsSync(join(dir, below))
    ? readdirSync(join(dir, below), { recursive: true, encoding: "utf8" })
    : [];

const checkpointsIn = (dir: string): number =>
  filesIn(dir, "checkpoints").filter((name) => name.endsWith(".checkpoint")).length;

const resumedSteps = async (store: Store, jobId: string): Promise<unknown[]> =>
  (await listEvents(store, jobId, undefined, 1000)).data
    .filter(({ data }) => data.message === "resumed")
    .map(({ data }) => data.step);
