import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LocalService, startRedis } from "@winnow/local-services";
import { listMigrations, migrate } from "@winnow/store";
import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startApiProcess } from "../../support/api-process.js";
import { freePort } from "../../support/free-port.js";
import { eventually, jobOf, makeCsv, postIngest, succeeded } from "../../support/jobs.js";
import { forkProgram, type NodeProcess } from "../../support/node-process.js";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 360_000 });

const workerMain = fileURLToPath(new URL("../../../apps/worker/dist/main.js", import.meta.url));
const migrationsDir = fileURLToPath(new URL("../../../prisma/migrations", import.meta.url));

let fixture: WorkerFixture;
let folder: string;
let redis: LocalService;
let admin: Redis;
const running: NodeProcess[] = [];
const databases: TestDatabase[] = [];

beforeAll(async () => {
  fixture = await openWorkerFixture();
  folder = await mkdtemp(join(tmpdir(), "winnow-readiness-"));
  redis = await startRedis({ dataDir: folder, durability: "fast" });
  admin = new Redis(redis.url);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((process) => process.stop()));
});

afterAll(async () => {
  admin.disconnect();
  await redis.stop();
  await fixture.close();
  for (const database of databases) await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const environment = (env: Record<string, string>): Record<string, string> => ({
  DATABASE_URL: fixture.databaseUrl,
  REDIS_URL: fixture.redisUrl,
  STORAGE_DIR: fixture.storageDir,
  QUEUE_PREFIX: fixture.queuePrefix,
  ...env,
});

async function startApi(env: Record<string, string> = {}): Promise<string> {
  const api = await startApiProcess(environment(env));
  running.push(api);
  return api.url;
}

/** A worker that serves its health, whether it takes tasks (`ready`) or says why not (`waiting`). */
async function startWorker(state: "ready" | "waiting", env: Record<string, string> = {}) {
  const port = String(await freePort());
  const health = { HEALTH_PORT: port, HEALTH_HOST: "127.0.0.1" };
  const roles = { WORKER_ROLES: "cpu,orchestrator" };
  const worker = await forkProgram(workerMain, environment({ ...roles, ...health, ...env }), state);
  running.push(worker);
  return `http://127.0.0.1:${port}`;
}

interface Answer {
  readonly status: number;
  /** Of the checks that failed. */
  readonly details: string[];
}

async function readyz(url: string): Promise<Answer> {
  const response = await fetch(`${url}/readyz`);
  const { checks } = (await response.json()) as { checks: { ok: boolean; detail: string }[] };
  const failed = checks.filter(({ ok }) => !ok);
  return { status: response.status, details: failed.map(({ detail }) => detail) };
}

const becomesReady = (url: string) =>
  eventually(`${url} to be ready`, async () => (await readyz(url)).status === 200);

/** Waits for a 503 with exactly this one sentence. */
async function becomesUnready(url: string, sentence: RegExp): Promise<void> {
  let last: Answer | undefined;
  await eventually(`${url} to say ${sentence}`, async () => {
    last = await readyz(url);
    return last.status === 503 && last.details.length === 1 && sentence.test(last.details[0]!);
  }).catch((error: Error) => {
    throw new Error(`${error.message}; it says ${JSON.stringify(last)}`);
  });
}

async function bothSay(sentence: RegExp, env: Record<string, string>): Promise<void> {
  const urls = await Promise.all([startApi(env), startWorker("waiting", env)]);
  for (const url of urls) await becomesUnready(url, sentence);
}

describe("migrations", () => {
  it("that are missing are counted; after them the same processes become ready and work", async () => {
    const database = await createTestDatabase("empty");
    databases.push(database);
    const names = listMigrations(migrationsDir).map(({ name }) => name);
    await migrate(database.url, migrationsDir, new Set(names.slice(0, -3)));
    const env = { DATABASE_URL: database.url, STORAGE_DIR: join(folder, "early") };
    const urls = await Promise.all([startApi(env), startWorker("waiting", env)]);
    const sentence = /^the database lacks 3 migrations: run winnow migrate$/;
    // The storage's mark is in a table that is not there yet.
    for (const url of urls) {
      await eventually("503", async () => {
        const { status, details } = await readyz(url);
        return status === 503 && details.some((detail) => sentence.test(detail));
      });
    }
    await migrate(database.url, migrationsDir);
    for (const url of urls) await becomesReady(url);
    const posted = await fetch(`${urls[0]}/v1/uploads`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body: makeCsv(30),
    });
    expect(posted.status, await posted.clone().text()).toBe(201);
  });

  it("of a newer version are named", async () => {
    const database = await createTestDatabase();
    databases.push(database);
    const env = { DATABASE_URL: database.url, STORAGE_DIR: join(folder, "newer") };
    const url = await startApi(env);
    await becomesReady(url);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
       VALUES ('later', '', '29990101000000_later', now())`,
    );
    await client.end();
    const sentence = /^the database has 1 migration of a newer version .*29990101000000_later/;
    await becomesUnready(url, sentence);
    await becomesUnready(await startWorker("waiting", env), sentence);
  });
});

describe("the storage folder", () => {
  it("that cannot be written", async () => {
    const file = join(folder, "a-file");
    await writeFile(file, "");
    await bothSay(/^STORAGE_DIR cannot be written \(ENOTDIR\): /, {
      STORAGE_DIR: join(file, "storage"),
    });
    // Where nobody makes folders, and a recursive mkdir would never end.
    await bothSay(/^STORAGE_DIR cannot be written \(ENOENT\): /, { STORAGE_DIR: "/proc/none" });
  });

  it("of another database", async () => {
    await becomesReady(await startApi());
    const other = await createTestDatabase();
    databases.push(other);
    await bothSay(/^STORAGE_DIR belongs to another database .*: name an empty folder/, {
      DATABASE_URL: other.url,
    });
  });

  it("of a worker that is not the API's: it takes no tasks until it has the right one", async () => {
    await becomesReady(await startApi());
    const sentence =
      /^STORAGE_DIR is not the folder that the API uses .* lacks the file "database"/;
    const env = { STORAGE_DIR: join(folder, "elsewhere") };
    await becomesUnready(await startWorker("waiting", env), sentence);
    const jobId = await postIngest(fixture, makeCsv(30));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect((await jobOf(fixture.store, jobId)).state).toBe("queued");
    await becomesReady(await startWorker("ready"));
    await succeeded(fixture.store, jobId);
  });

  it("of a worker that came first: the API's folder is the right one nevertheless", async () => {
    const database = await createTestDatabase();
    databases.push(database);
    const env = { DATABASE_URL: database.url, STORAGE_DIR: join(folder, "first") };
    const worker = await startWorker("ready", env);
    await becomesReady(worker);
    await becomesReady(await startApi({ ...env, STORAGE_DIR: join(folder, "second") }));
    await becomesUnready(worker, /^STORAGE_DIR is not the folder that the API uses .* differs/);
  });

  it("that vanishes from under a worker: tasks wait for it", async () => {
    const dir = fixture.storageDir;
    const worker = await startWorker("ready");
    await becomesReady(worker);
    await rename(dir, `${dir}.away`);
    await becomesUnready(worker, /^STORAGE_DIR is not the folder/);
    await rm(dir, { recursive: true, force: true });
    await rename(`${dir}.away`, dir);
    await becomesReady(worker);
    await succeeded(fixture.store, await postIngest(fixture, makeCsv(30)));
  });
});

describe("Redis", () => {
  it("that evicts keys, or becomes a replica, while both run", async () => {
    const env = { REDIS_URL: redis.url };
    const urls = await Promise.all([startApi(env), startWorker("ready", env)]);
    for (const url of urls) await becomesReady(url);
    await admin.config("SET", "maxmemory-policy", "allkeys-lru");
    for (const url of urls) await becomesUnready(url, /^\w+ has maxmemory-policy allkeys-lru /);
    await admin.config("SET", "maxmemory-policy", "noeviction");
    for (const url of urls) await becomesReady(url);
    await admin.call("REPLICAOF", "127.0.0.1", "1");
    for (const url of urls) await becomesUnready(url, /^\w+ is a replica, which takes no writes/);
    await admin.call("REPLICAOF", "NO", "ONE");
    for (const url of urls) await becomesReady(url);
  });

  const wrong = (change: (url: URL) => void) => {
    const url = new URL(redis.url);
    change(url);
    return { REDIS_URL: url.href };
  };

  it("without the database of the URL", async () => {
    const env = wrong((url) => {
      url.pathname = "/99";
    });
    await bothSay(/^Redis has no database 99 \(ERR DB index is out of range\): /, env);
  });

  it("that refuses the password", async () => {
    const env = wrong((url) => {
      url.password = "wrong";
    });
    await bothSay(/^Redis refuses the password of REDIS_URL \(WRONGPASS /, env);
  });

  it("that demands a password", async () => {
    const env = wrong((url) => {
      url.password = "";
    });
    await bothSay(/^Redis demands a password \(NOAUTH /, env);
  });

  it("that does not let the user write", async () => {
    await admin.call("ACL", "SETUSER", "reader", "on", ">secret", "~*", "+@read", "+info", "+ping");
    const env = wrong((url) => {
      url.username = "reader";
      url.password = "secret";
    });
    await bothSay(/does not let the user of REDIS_URL write the queues \(.*NOPERM/, env);
  });
});
