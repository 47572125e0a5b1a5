import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError, problemOf, QUEUES, queueOf, TASK_KINDS } from "@winnow/contracts";
import { failTask, openStore, releaseTask, requestCancel, type Store } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import { mustClaim, queueIngest, queueTraining, seedDataset } from "../../support/seed-data.js";

const SCALER = `scaler_${process.pid}`;
const PROBLEM = problemOf(new AppError("training-failed", "it diverged"));
const page = readFileSync(join(import.meta.dirname, "../../../docs/how-to/kubernetes.md"), "utf8");
/** What the page tells an administrator to run. */
const [, grants = ""] = /```sql\n(CREATE ROLE winnow_scaler[\s\S]*?)```/.exec(page) ?? [];

let database: TestDatabase;
let store: Store;
let scaler: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test", onError: () => {} });
  const url = new URL(database.url);
  const name = url.pathname.slice(1);
  await poolOf(store).query(
    grants
      .replaceAll("winnow_scaler", SCALER)
      .replaceAll("DATABASE winnow ", `DATABASE ${pg.escapeIdentifier(name)} `),
  );
  [url.username, url.password] = [SCALER, "SECRET"];
  scaler = new pg.Client({ connectionString: url.href });
  await scaler.connect();
});

afterAll(async () => {
  await scaler.end();
  await poolOf(store).query(`DROP OWNED BY ${SCALER}; DROP ROLE ${SCALER}`);
  await store.close();
  await database.drop();
});

async function demand(): Promise<Record<string, number>> {
  const { rows } = await scaler.query<{ role: string; tasks: string }>(
    "SELECT role, tasks FROM public.worker_demand",
  );
  return Object.fromEntries(rows.map(({ role, tasks }) => [role, Number(tasks)]));
}

it("every task kind is counted for the role that its queue is for", async () => {
  for (const kind of TASK_KINDS) {
    const role = QUEUES.get(queueOf(kind, {}));
    const isTrainers = kind === "fold-training" || kind === "encode-rows";
    expect([kind, role]).toEqual([kind, isTrainers ? "trainer" : "cpu"]);
  }
});

it("tasks that are due or run are counted; not those in a backoff, ended or cancelled", async () => {
  expect(await demand()).toEqual({ cpu: 0, trainer: 0 });
  const ingest = await queueIngest(store);
  expect(await demand()).toEqual({ cpu: 1, trainer: 0 });
  await requestCancel(store, ingest);
  const datasetId = await seedDataset(store);
  expect(await demand()).toEqual({ cpu: 0, trainer: 0 });
  const { jobId } = await queueTraining(store, datasetId, { folds: 3 });
  expect(await demand()).toEqual({ cpu: 0, trainer: 3 });
  const running = await mustClaim(store, jobId, 0);
  const failing = await mustClaim(store, jobId, 1);
  expect(await demand()).toEqual({ cpu: 0, trainer: 3 });
  await failTask(store, failing, PROBLEM, 60_000);
  expect(await demand()).toEqual({ cpu: 0, trainer: 2 });
  await releaseTask(store, running);
  expect(await demand()).toEqual({ cpu: 0, trainer: 2 });
  await requestCancel(store, jobId);
  expect(await demand()).toEqual({ cpu: 0, trainer: 0 });
});

it("the scaler's role reads the view and nothing else", async () => {
  const { rows } = await scaler.query(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname IN ('public', 'partitions') AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
       AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege(c.oid, 'USAGE, SELECT, UPDATE')
           ELSE has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
             OR has_table_privilege(c.oid, 'DELETE, TRUNCATE, TRIGGER') END`,
  );
  expect(rows).toEqual([{ name: "worker_demand" }]);
  for (const statement of [
    "SELECT id FROM public.tasks",
    "SELECT name FROM public.api_keys",
    "DELETE FROM public.worker_demand",
    "CREATE TABLE public.mine (id int)",
    "SELECT partitions.empty_table('samples', 1)",
  ]) {
    await expect(scaler.query(statement), statement).rejects.toMatchObject({
      code: expect.stringMatching(/^(42501|55000)$/),
    });
  }
});
