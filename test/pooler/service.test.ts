import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { databaseFaults, migrate } from "@winnow/store";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startApiProcess } from "../support/api-process.js";
import { runCli } from "../support/cli.js";
import { setHostile } from "../support/hostile-settings.js";
import { type Pooler, startPooler } from "../support/pgbouncer.js";
import { answersAbout, walkPipeline } from "../support/pipeline-walk.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import {
  openWorkerFixture,
  startWorkerProcess,
  type WorkerFixture,
} from "../support/worker-fixture.js";

vi.setConfig({ testTimeout: 480_000 });

const migrationsDir = fileURLToPath(new URL("../../prisma/migrations", import.meta.url));

let fixture: WorkerFixture;
let pooler: Pooler;
let env: Record<string, string>;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  pooler = await startPooler([fixture.databaseUrl], { poolSize: 6 });
  env = {
    DATABASE_URL: pooler.through(fixture.databaseUrl),
    DIRECT_DATABASE_URL: fixture.databaseUrl,
  };
});

afterAll(async () => {
  await fixture.stopAll();
  await pooler.close();
  await fixture.close();
});

/** What the pooled connections of the server have that their next user would inherit. */
async function leftBehind(): Promise<string[]> {
  const client = new pg.Client({ connectionString: fixture.databaseUrl });
  await client.connect();
  const { rows } = await client.query(
    `SELECT format('%s holds an advisory lock: %s', a.application_name, a.query) AS line
     FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.locktype = 'advisory' AND a.datname = current_database() AND a.state = 'idle'
     UNION ALL SELECT format('%s listens: %s', application_name, query) FROM pg_stat_activity
     WHERE datname = current_database() AND query LIKE 'LISTEN%' AND application_name NOT LIKE 'winnow-listen%'`,
  );
  await client.end();
  const pooled = new pg.Client({ connectionString: env.DATABASE_URL });
  await pooled.connect();
  const found = await Promise.all([
    pooled.query("SELECT name FROM pg_prepared_statements"),
    pooled.query("SELECT pg_listening_channels() AS name"),
  ]);
  await pooled.end();
  return [...rows.map(({ line }) => line), ...found.flatMap(({ rows: names }) => names)];
}

/** The database's sessions of this name. */
async function sessionsOf(name: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: fixture.databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ query: string }>(
    `SELECT query FROM pg_stat_activity
     WHERE datname = current_database() AND starts_with(application_name, $1)`,
    [name],
  );
  await client.end();
  return rows.map(({ query }) => query);
}

describe("behind a pooler in transaction mode", () => {
  it("everything works from upload to export, and nothing stays on its connections", async () => {
    await fixture.startWorker({ ...env, WORKER_ROLES: "cpu,orchestrator,trainer" });
    const api = await fixture.startApi(env);
    const walked = await walkPipeline(api.url);
    const answers = [...(await answersAbout(api.url, walked))];
    expect(answers.filter(([, answer]) => answer.startsWith("5"))).toEqual([]);
    expect((await fetch(`${api.url}/readyz`)).status).toBe(200);
    expect(await leftBehind()).toEqual([]);
    expect(api.output()).not.toMatch(/"level":(50|60)/);
  });

  it("workers of one task each do everything, with no connection beside the pooler's", async () => {
    await fixture.stopAll();
    await fixture.startWorker({ ...env, WORKER_ROLES: "orchestrator" });
    const api = await fixture.startApi(env);
    const ends: (number | null)[] = [];
    const sessions: string[][] = [];
    let isDone = false;
    const keepStarting = async (role: string) => {
      while (!isDone) {
        const worker = await fixture.startWorkerOnce({
          ...env,
          WORKER_ROLES: role,
          ONCE_IDLE_MS: "5000",
        });
        sessions.push(await sessionsOf("winnow-listen"));
        ends.push(await worker.ended());
      }
    };
    const starting = Promise.all(["cpu", "trainer"].map(keepStarting));
    const walked = await walkPipeline(api.url).finally(() => {
      isDone = true;
    });
    await starting;
    const answers = [...(await answersAbout(api.url, walked))];
    expect(answers.filter(([, answer]) => answer.startsWith("5"))).toEqual([]);
    expect(ends.filter((code) => code !== 0)).toEqual([]);
    // Of the orchestrator: cancels, and the outbox.
    expect(Math.max(...sessions.map(({ length }) => length))).toBe(2);
    const folder = await mkdtemp(join(tmpdir(), "winnow-backup-"));
    const backup = await runCli(["backup", join(folder, "of-all")], {
      env: { ...env, STORAGE_DIR: fixture.storageDir },
    });
    await rm(folder, { recursive: true });
    expect(backup, backup.stderr).toMatchObject({ code: 0 });
    expect(await leftBehind()).toEqual([]);
    expect(api.output()).not.toMatch(/"level":(50|60)|"status":5/);
  });

  it("an upload in parts is written by one request at a time", async () => {
    const api = await fixture.startApi(env);
    const created = await fetch(`${api.url}/v1/uploads`, {
      method: "POST",
      headers: { "upload-length": "200000", "content-type": "application/octet-stream" },
    });
    const { id } = (await created.json()) as { id: string };
    const append = (bytes: number) =>
      fetch(`${api.url}/v1/uploads/${id}`, {
        method: "PATCH",
        headers: { "content-range": `bytes 0-${bytes - 1}/200000` },
        body: new Blob([Buffer.alloc(bytes, "a")]),
      }).then(async (response) => `${response.status} ${await response.text()}`);
    const answers = await Promise.all(Array.from({ length: 8 }, () => append(100_000)));
    expect(
      answers.filter((answer) => answer.startsWith("2")),
      answers.join("\n"),
    ).toHaveLength(1);
    expect(answers.filter((answer) => answer.startsWith("5"))).toEqual([]);
    expect(await leftBehind()).toEqual([]);
  });
});

describe("what needs a session", () => {
  const pooledAlone = () => ({ DATABASE_URL: env.DATABASE_URL as string });

  it("is refused at the start where only the pooler is named", async () => {
    const reason = /leads to Postgres through a pooler.*set DIRECT_DATABASE_URL/;
    const { code, stderr } = await runCli(["migrate"], { env: pooledAlone() });
    expect(code).toBe(1);
    expect(stderr).toMatch(/database-pooled.*DIRECT_DATABASE_URL/);
    await expect(startApiProcess(pooledAlone())).rejects.toThrow(reason);
    const worker = startWorkerProcess({
      ...pooledAlone(),
      REDIS_URL: fixture.redisUrl,
      STORAGE_DIR: fixture.storageDir,
      WORKER_ROLES: "cpu",
    });
    await expect(worker).rejects.toThrow(reason);
    const backup = await runCli(["backup", "/nonexistent/backup"], { env: pooledAlone() });
    expect(backup.stderr).toMatch(/pooler/);
  });

  it("is also refused where the pooler drops what a session asks for in silence", async () => {
    const silent = await startPooler([fixture.databaseUrl], {
      settings: { ignore_startup_parameters: "options" },
    });
    const url = silent.through(fixture.databaseUrl);
    const refused = { about: "pooler", sentence: expect.stringContaining("transaction mode") };
    expect(await databaseFaults({ databaseUrl: url })).toEqual([refused]);
    const both = { databaseUrl: url, directDatabaseUrl: silent.through(fixture.databaseUrl) };
    expect(await databaseFaults(both)).toEqual([refused]);
    await silent.close();
  });

  it("leaves no lock behind: what was refused hangs nobody", async () => {
    await runCli(["migrate"], { env: pooledAlone() });
    const { code, stdout } = await runCli(["migrate"], { env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "up to date\n" });
  });
});

describe("the settings of the role", () => {
  let database: TestDatabase;
  let own: Pooler;
  let urls: { databaseUrl: string; directDatabaseUrl: string };
  beforeAll(async () => {
    database = await createTestDatabase("empty");
    await setHostile(database.url);
    own = await startPooler([database.url]);
    urls = { databaseUrl: own.through(database.url), directDatabaseUrl: database.url };
  });
  afterAll(async () => {
    await own.close();
    await database.drop();
  });

  it("are refused where they change answers, and right once it has migrated", async () => {
    expect(await databaseFaults(urls)).toEqual([
      { about: "sessions", sentence: expect.stringMatching(/timezone is Asia.*winnow migrate/) },
    ]);
    const pooled = { DATABASE_URL: urls.databaseUrl, DIRECT_DATABASE_URL: urls.directDatabaseUrl };
    expect(await runCli(["migrate"], { env: pooled })).toMatchObject({ code: 0 });
    await own.reconnect();
    expect(await databaseFaults(urls)).toEqual([]);
    expect(await migrate(database.url, migrationsDir)).toEqual({ applied: [] });
  });
});
