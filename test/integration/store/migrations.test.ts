import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FoldTrainingParams, inputsOf } from "@winnow/contracts";
import { migrate } from "@winnow/store";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";

vi.setConfig({ testTimeout: 240_000 }); // each run of the Prisma CLI takes a second of processor time

const root = fileURLToPath(new URL("../../../", import.meta.url));
const migrationsDir = join(root, "prisma/migrations");
const schema = join(root, "prisma/schema.prisma");

const databases: TestDatabase[] = [];
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "winnow-migrations-"));
});

afterAll(async () => {
  for (const database of databases) await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

test("what our applier migrates, Prisma calls up to date and without drift", async () => {
  const url = await emptyDatabase();
  const { applied } = await migrate(url, migrationsDir);
  expect(applied.length).toBeGreaterThan(0);

  const status = await prisma(url, "migrate", "status");
  expect(status).toMatchObject({ code: 0, text: expect.stringContaining("up to date") });
  const diff = await prismaDiff(url);
  expect(diff).toMatchObject({ code: 0, text: expect.stringContaining("No difference detected") });
});

test("what Prisma deploys, our applier finds done, with the same records", async () => {
  const url = await emptyDatabase();
  const deployed = await prisma(url, "migrate", "deploy");
  expect(deployed).toMatchObject({ code: 0, text: expect.stringContaining("applied") });
  expect(await migrate(url, migrationsDir)).toEqual({ applied: [] });

  const ours = await emptyDatabase();
  await migrate(ours, migrationsDir);
  const records = `SELECT migration_name, checksum, applied_steps_count, logs, rolled_back_at,
    finished_at IS NOT NULL AS finished FROM _prisma_migrations ORDER BY migration_name`;
  expect(await query(ours, records)).toEqual(await query(url, records));
  const columns = `SELECT column_name, data_type, character_maximum_length, is_nullable, column_default
    FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`;
  expect(await query(ours, columns)).toEqual(await query(url, columns));
});

test("drift is seen: a column that no migration made makes `migrate diff` exit with 2", async () => {
  const url = await emptyDatabase();
  await migrate(url, migrationsDir);
  await query(url, "ALTER TABLE jobs ADD COLUMN stray text");
  expect(await prismaDiff(url)).toMatchObject({ code: 2, text: expect.stringContaining("stray") });
});

test("many processes that migrate at once apply each migration once", async () => {
  const url = await emptyDatabase();
  const outcomes = await Promise.all(Array.from({ length: 6 }, () => migrate(url, migrationsDir)));
  const applied = outcomes.flatMap((outcome) => outcome.applied);
  expect(new Set(applied).size).toBe(applied.length);
  expect(await query(url, "SELECT migration_name FROM _prisma_migrations")).toHaveLength(
    applied.length,
  );
});

test("a migration that fails leaves nothing behind and is applied once fixed", async () => {
  const url = await emptyDatabase();
  const dir = migrationsIn("failing", { "1_good": "CREATE TABLE a (id int);" });
  addMigration(dir, "2_bad", "CREATE TABLE b (id int); SELECT 1 / 0;");
  await expect(migrate(url, dir)).rejects.toMatchObject({
    code: "migration-failed",
    message: expect.stringContaining("2_bad"),
  });
  expect(await query(url, "SELECT to_regclass('a') AS a, to_regclass('b') AS b")).toEqual([
    { a: "a", b: null },
  ]);

  addMigration(dir, "2_bad", "CREATE TABLE b (id int);");
  expect(await migrate(url, dir)).toEqual({ applied: ["2_bad"] });
});

test("a changed file of an applied migration is refused", async () => {
  const url = await emptyDatabase();
  const dir = migrationsIn("changed", { "1_first": "CREATE TABLE a (id int);" });
  await migrate(url, dir);
  addMigration(dir, "1_first", "CREATE TABLE a (id bigint);");
  addMigration(dir, "2_second", "CREATE TABLE b (id int);");
  await expect(migrate(url, dir)).rejects.toMatchObject({ code: "migration-changed" });
  expect(await query(url, "SELECT to_regclass('b') AS b")).toEqual([{ b: null }]);
});

test("an unfinished record is refused until it is resolved", async () => {
  const url = await emptyDatabase();
  const dir = migrationsIn("unfinished", { "1_first": "CREATE TABLE a (id int);" });
  await migrate(url, dir);
  await query(url, "UPDATE _prisma_migrations SET finished_at = NULL");
  await expect(migrate(url, dir)).rejects.toMatchObject({ code: "migration-unfinished" });
  await query(url, "UPDATE _prisma_migrations SET rolled_back_at = now()");
  await query(url, "DROP TABLE a");
  expect(await migrate(url, dir)).toEqual({ applied: ["1_first"] });
});

test("a function with semicolons in its body is applied whole", async () => {
  const body = `CREATE FUNCTION twice(n int) RETURNS int LANGUAGE plpgsql AS $$
    BEGIN n := n + n; RETURN n; END; $$;
    SELECT 'a;b';`;
  const dir = migrationsIn("function", { "1_function": body });
  const ours = await emptyDatabase();
  await migrate(ours, dir);
  expect(await query(ours, "SELECT twice(21) AS n")).toEqual([{ n: 42 }]);
});

test("parameters with the old names of recipe and taps are renamed, so that a retry reads them", async () => {
  const renaming = "20261126120000_recipe_and_tap_names";
  const url = await emptyDatabase();
  await migrate(url, migrationsBefore(renaming));
  const uuid = "01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";
  const asked = (tap: string, recipe: string) => ({
    datasetId: `ds_${uuid}`,
    model: { head: { tap, layer: 1, wideBuckets: 64 } },
    training: { recipe, epochs: 3 },
  });
  const taps = ["seed-described", "seed-dropout-0", "seed-dropout", "feed-forward"];
  await query(
    url,
    `INSERT INTO jobs (id, kind, state, params) VALUES
       ${taps.map((tap, i) => `(${i}, 'fold-training', 'failed', ${literal(asked(tap, i < 3 ? "seed" : "scratch"))})`)};
     INSERT INTO datasets (id, name, state, source, params) VALUES ('ds', 'a', 'ready', '{}', '{}');
     INSERT INTO cross_validations
         (id, dataset_id, job_id, state, rows, class_count, folds, seed, configuration)
       VALUES ('cv', 'ds', '0', 'training', 10, 2, 2, 1, ${literal(asked("seed-dropout", "seed"))});
     INSERT INTO folds (cross_validation_id, fold, task_id, backend)
       VALUES ('cv', 0, 'task', '{"backend": "wasm", "plan": {"recipe": "seed", "epochs": 5}}')`,
  );
  expect((await migrate(url, migrationsDir)).applied).toContain(renaming);

  const heads = [
    { tap: "block", layer: 1, pooling: "cls", wideBuckets: 64 },
    { tap: "attention-norm", layer: 2, pooling: "cls", wideBuckets: 64 },
    { tap: "feed-forward", layer: 2, pooling: "cls", wideBuckets: 64 },
    { tap: "feed-forward", layer: 1, wideBuckets: 64 },
  ];
  const jobs = (await query(url, "SELECT params FROM jobs ORDER BY id")) as { params: unknown }[];
  const params = jobs.map((job) => FoldTrainingParams.parse(job.params));
  expect(params.map(({ model }) => "head" in model && model.head)).toEqual(heads);
  expect(params.map(({ training }) => [training.recipe, training.epochs])).toEqual([
    ["fine-tune", 3],
    ["fine-tune", 3],
    ["fine-tune", 3],
    ["scratch", 3],
  ]);
  expect(await query(url, "SELECT configuration FROM cross_validations")).toMatchObject([
    { configuration: { model: { head: heads[2] }, training: { recipe: "fine-tune" } } },
  ]);
  expect(await query(url, "SELECT backend FROM folds")).toEqual([
    { backend: { backend: "wasm", plan: { recipe: "fine-tune", epochs: 5 } } },
  ]);
});

test("jobs written before the column get the inputs that their parameters name", async () => {
  const adding = "20261125000000_job_inputs";
  const url = await emptyDatabase();
  await migrate(url, migrationsBefore(adding));
  const id = (prefix: string) => `${prefix}_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59`;
  const [datasetId, uploadId, pruningId] = [id("ds"), id("up"), id("pr")];
  const format = { type: "csv" };
  const jobs = (
    [
      ["dataset-ingest", { name: "a", source: { type: "upload", uploadId }, format }],
      ["dataset-ingest", { name: "a", source: { type: "dataset", datasetId } }],
      ["dataset-ingest", { name: "a", source: { type: "path", path: "a.csv" }, format }],
      ["fold-training", { datasetId }],
      ["fold-training", { datasetId, training: { softTargets: { type: "upload", uploadId } } }],
      ["fold-training", { datasetId, training: { softTargets: { type: "pruning", pruningId } } }],
      ["probability-import", { datasetId, probabilitiesUploadId: uploadId }],
      [
        "probability-import",
        { datasetId, probabilitiesUploadId: uploadId, foldsUploadId: `${uploadId}0` },
      ],
      ["pruning", { crossValidationId: id("cv") }],
    ] as const
  ).map(([kind, params], n) => ({ id: String(n), kind, params }));
  for (const job of jobs) {
    const values = `'${job.id}', '${job.kind}', 'queued', ${literal(job.params)}`;
    await query(url, `INSERT INTO jobs (id, kind, state, params) VALUES (${values})`);
  }
  expect((await migrate(url, migrationsDir)).applied).toContain(adding);
  const defaults = { "fold-training": { model: {}, training: {} } };
  expect(await query(url, "SELECT id, inputs FROM jobs ORDER BY id")).toEqual(
    jobs.map((job) => {
      const inputs = inputsOf(job.kind, { ...Object(defaults)[job.kind], ...job.params });
      return { id: job.id, inputs: expect.toSatisfy(sameIds(Object.values(inputs).flat())) };
    }),
  );
});

const sameIds = (wanted: readonly string[]) => (found: readonly string[]) =>
  JSON.stringify([...found].sort()) === JSON.stringify([...wanted].sort());

test("a database that is not there is created", async () => {
  const url = new URL(await emptyDatabase());
  const name = `${url.pathname.slice(1)}-new "one"`;
  url.pathname = `/${encodeURIComponent(name)}`;
  const dir = migrationsIn("absent", { "1_first": "CREATE TABLE a (id int);" });
  expect(await migrate(url.href, dir)).toEqual({ applied: ["1_first"] });
  expect(await query(url.href, "SELECT current_database() AS name")).toEqual([{ name }]);
  url.pathname = "/postgres";
  await query(url.href, `DROP DATABASE ${pg.escapeIdentifier(name)}`);
});

async function emptyDatabase(): Promise<string> {
  const database = await createTestDatabase("empty");
  databases.push(database);
  return database.url;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const literal = (value: unknown) => `'${JSON.stringify(value)}'`;

/** A folder with the migrations before this one. */
function migrationsBefore(name: string): string {
  const earlier = readdirSync(migrationsDir).filter((one) => /^\d/.test(one) && one < name);
  const sqlOf = (one: string) => readFileSync(join(migrationsDir, one, "migration.sql"), "utf8");
  return migrationsIn(
    `before-${name}`,
    Object.fromEntries(earlier.map((one) => [one, sqlOf(one)])),
  );
}

function migrationsIn(name: string, migrations: Record<string, string>): string {
  const dir = join(folder, name);
  for (const [migration, sql] of Object.entries(migrations)) addMigration(dir, migration, sql);
  return dir;
}

function addMigration(dir: string, name: string, sql: string): void {
  mkdirSync(join(dir, name), { recursive: true });
  writeFileSync(join(dir, name, "migration.sql"), sql);
}

function prismaDiff(url: string) {
  return prisma(
    url,
    ...["migrate", "diff", "--exit-code", "--from-config-datasource", "--to-schema", schema],
  );
}

/** Runs the Prisma CLI as a developer does; never rejects. */
function prisma(url: string, ...args: string[]): Promise<{ code: unknown; text: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(root, "infra/setup/prisma.mjs"), ...args],
      { env: { ...process.env, DATABASE_URL: url } },
      (error, stdout, stderr) => resolve({ code: error?.code ?? 0, text: stdout + stderr }),
    );
  });
}
