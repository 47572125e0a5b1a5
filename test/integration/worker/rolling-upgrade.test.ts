import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listMigrations, migrate } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { freePort } from "../../support/free-port.js";
import { jobOf, makeCsv, postIngest, postTraining, soon, succeeded } from "../../support/jobs.js";
import { walkPipeline } from "../../support/pipeline-walk.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

// The programs that run here do not know the migrations that the tests add: they are the old ones.

vi.setConfig({ testTimeout: 480_000, hookTimeout: 360_000 });

const migrationsDir = fileURLToPath(new URL("../../../prisma/migrations", import.meta.url));
const known = listMigrations(migrationsDir).map(({ name }) => name);

let fixture: WorkerFixture;
let newer: string;
let apiUrl: string;
let workerUrl: string;
let datasetId: string;

beforeAll(async () => {
  newer = mkdtempSync(join(tmpdir(), "winnow-newer-"));
  cpSync(migrationsDir, newer, { recursive: true });
  fixture = await openWorkerFixture();
  const port = String(await freePort());
  workerUrl = `http://127.0.0.1:${port}`;
  await fixture.startWorker({ HEALTH_PORT: port, HEALTH_HOST: "127.0.0.1" });
  apiUrl = (await fixture.startApi()).url;
  const ingest = await succeeded(fixture.store, await postIngest(fixture, makeCsv(60)));
  datasetId = ingest.datasetId as string;
});

afterAll(async () => {
  await fixture.close();
  rmSync(newer, { recursive: true, force: true });
});

/** Migrates the database to one migration more than the programs know. */
async function addMigration(name: string, sql: string, from?: string): Promise<void> {
  const mark = JSON.stringify({ [name]: from });
  const says = `UPDATE "deployment" SET "older_programs" = "older_programs" || '${mark}';`;
  mkdirSync(join(newer, name));
  writeFileSync(join(newer, name, "migration.sql"), from === undefined ? sql : sql + says);
  expect(await migrate(fixture.databaseUrl, newer)).toEqual({ applied: [name] });
}

const query = (text: string, values: unknown[]) => poolOf(fixture.store).query(text, values);

const statuses = () =>
  Promise.all([apiUrl, workerUrl].map(async (url) => (await fetch(`${url}/readyz`)).status));

it("a migration that older programs survive stops neither running tasks nor new ones", async () => {
  const running = await postTraining(fixture.store, datasetId, {
    training: { epochs: 30, batchSize: 4 },
  });
  await soon("a fold to train", async () => {
    const { tasks } = await jobOf(fixture.store, running);
    return tasks.some(({ step }) => (step ?? 0) > 0);
  });
  const added = ["jobs", "tasks", "datasets", "samples", "cross_validations", "folds", "uploads"];
  await addMigration(
    "29990101000000_more",
    `CREATE TABLE "more" ("id" TEXT NOT NULL);
     ${added.map((table) => `ALTER TABLE "${table}" ADD COLUMN "more" TEXT NOT NULL DEFAULT '';`).join("\n")}`,
    "",
  );
  expect(await statuses()).toEqual([200, 200]);
  await walkPipeline(apiUrl);
  await succeeded(fixture.store, running);
});

it("a job with parameters of a newer program waits for a worker that knows them", async () => {
  const jobId = await postTraining(fixture.store, datasetId, {}, (tx, id) =>
    tx.query(`UPDATE jobs SET params = params || '{"newer": 1}' WHERE id = $1`, [id]),
  );
  await soon("a worker to hand it back", async () => {
    const { state, tasks } = await jobOf(fixture.store, jobId);
    return (
      state === "running" && tasks.every((task) => task.attempt > 0 && task.state === "queued")
    );
  });
  // What a newer worker does with it, ours do too, once they know its parameters.
  await query("UPDATE jobs SET params = params - 'newer' WHERE id = $1", [jobId]);
  await succeeded(fixture.store, jobId);
  const { rows } = await query("SELECT sum(failures)::int AS n FROM tasks WHERE job_id = $1", [
    jobId,
  ]);
  expect(rows).toEqual([{ n: 0 }]);
});

it("so does a task of a kind that only newer programs have, and lists leave its job out", async () => {
  const jobId = await postTraining(fixture.store, datasetId, {}, async (tx, id) => {
    await tx.query("UPDATE jobs SET kind = 'newer' WHERE id = $1", [id]);
    await tx.query("UPDATE tasks SET kind = 'newer-fold' WHERE job_id = $1", [id]);
  });
  const rows = async () =>
    (await query("SELECT state, attempt, failures FROM tasks WHERE job_id = $1", [jobId])).rows;
  await soon("a worker to hand it back", async () =>
    (await rows()).every(({ state, attempt }) => attempt > 0 && state === "queued"),
  );
  expect((await rows()).map(({ failures }) => failures)).toEqual([0, 0, 0]);
  const listed = await fetch(`${apiUrl}/v1/jobs`);
  expect([listed.status, await listed.text()]).toEqual([200, expect.not.stringContaining(jobId)]);
});

it("a migration that only some older programs survive stops those that do not know the named one", async () => {
  await addMigration("29990102000000_drop", "SELECT 1;", known.at(-1));
  expect(await statuses()).toEqual([200, 200]);
  await addMigration("29990103000000_drop", "SELECT 1;", "29990101000000_more");
  await soon("both to say so", async () => (await statuses()).every((status) => status === 503));
});
