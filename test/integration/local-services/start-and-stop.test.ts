import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  type LocalServices,
  type ServiceEvent,
  startLocalServices,
  startPostgres,
  startRedis,
} from "@winnow/local-services";
import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, afterEach, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 240_000 }); // servers start and recover; a busy machine takes its time

const root = fileURLToPath(new URL("../../../", import.meta.url));
/** Used by all tests that can do with data of an earlier one: making a cluster takes the longest. */
const usedFolder = mkdtempSync(join(tmpdir(), "winnow-services-"));
const folders: string[] = [];
const toStop: { stop(): Promise<void> }[] = [];
const toKill: ChildProcess[] = [];

afterEach(async () => {
  for (const child of toKill.splice(0)) child.kill("SIGKILL");
  for (const services of toStop.splice(0)) await services.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

afterAll(() => rmSync(usedFolder, { recursive: true, force: true }));

test("both services answer, on loopback alone and to the generated passwords alone", async () => {
  const services = await start(usedFolder);
  expect(services.started).toEqual({ postgres: true, redis: true });
  expect(await select(services.databaseUrl, "SHOW listen_addresses")).toEqual([
    { listen_addresses: "127.0.0.1" },
  ]);
  expect(await redisSays(services.redisUrl, "CONFIG", "GET", "bind")).toEqual([
    "bind",
    "127.0.0.1",
  ]);
  await expect(select(withoutPassword(services.databaseUrl), "SELECT 1")).rejects.toThrow();
  await expect(redisSays(withoutPassword(services.redisUrl), "PING")).rejects.toThrow("NOAUTH");
});

test("queues and texts are safe in them: no eviction, an append-only file, UTF-8", async () => {
  const services = await start(usedFolder);
  const policy = await redisSays(services.redisUrl, "CONFIG", "GET", "maxmemory-policy");
  expect(policy).toEqual(["maxmemory-policy", "noeviction"]);
  const aof = await redisSays(services.redisUrl, "CONFIG", "GET", "appendonly");
  expect(aof).toEqual(["appendonly", "yes"]);
  const encoding = await select(services.databaseUrl, "SHOW server_encoding");
  expect(encoding).toEqual([{ server_encoding: "UTF8" }]);
  expect(await select(services.databaseUrl, "SELECT length('新闻') AS n")).toEqual([{ n: 2 }]);
});

test("Postgres syncs to disk unless asked to be fast", async () => {
  const safe = await keep(startPostgres({ dataDir: usedFolder }));
  expect(await select(safe.url, "SHOW fsync")).toEqual([{ fsync: "on" }]);
  await safe.stop();
  const fast = await keep(startPostgres({ dataDir: usedFolder, durability: "fast" }));
  expect(await select(fast.url, "SHOW fsync")).toEqual([{ fsync: "off" }]);
});

test("passwords and data are readable by their owner alone", async () => {
  const dataDir = usedFolder;
  await start(dataDir);
  for (const service of ["postgres", "redis"]) {
    expect(modeOf(join(dataDir, service, "password"))).toBe("600");
    expect(modeOf(join(dataDir, service, "data"))).toBe("700");
  }
  expect(modeOf(join(dataDir, "redis", "redis.conf"))).toBe("600");
});

test("a second start in the same folder joins the first, and its stop leaves it running", async () => {
  const dataDir = usedFolder;
  const first = await start(dataDir);
  const second = await start(dataDir);
  expect(second.started).toEqual({ postgres: false, redis: false });
  expect(second.databaseUrl).toBe(first.databaseUrl);
  await second.stop();
  expect(await select(first.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("of many starts at once one starts and the others join", async () => {
  const dataDir = temporaryFolder();
  const all = await Promise.all([start(dataDir), start(dataDir), start(dataDir)]);
  expect(all.filter(({ started }) => started.postgres)).toHaveLength(1);
  expect(all.filter(({ started }) => started.redis)).toHaveLength(1);
  expect(new Set(all.map(({ databaseUrl }) => databaseUrl)).size).toBe(1);
});

test("data outlives a stop, in a folder with a long name of spaces and umlauts", async () => {
  const dataDir = join(temporaryFolder(), `Däten ${"lang ".repeat(25)}`);
  const first = await start(dataDir);
  await select(first.databaseUrl, KEEP_ANSWER);
  await redisSays(first.redisUrl, "SET", "kept", "42");
  await first.stop();
  await expect(select(first.databaseUrl, "SELECT 1")).rejects.toThrow("ECONNREFUSED");

  const second = await start(dataDir);
  expect(second.started).toEqual({ postgres: true, redis: true });
  expect(await select(second.databaseUrl, "SELECT n FROM kept")).toEqual([{ n: 42 }]);
  expect(await redisSays(second.redisUrl, "GET", "kept")).toBe("42");
});

test("a restart on a named port keeps the URLs", async () => {
  const first = await keep(startRedis({ dataDir: usedFolder }));
  const port = Number(new URL(first.url).port);
  await first.stop();
  const second = await keep(startRedis({ dataDir: usedFolder, port }));
  expect(second.url).toBe(first.url);
  expect(await redisSays(first.url, "PING")).toBe("PONG");
});

test("a port that is taken is reported with the server's log", async () => {
  const first = await keep(startRedis({ dataDir: temporaryFolder() }));
  const port = Number(new URL(first.url).port);
  await expect(startRedis({ dataDir: usedFolder, port })).rejects.toMatchObject({
    code: "redis-start-failed",
    message: expect.stringContaining("Address already in use"),
  });
});

test("given URLs win: nothing is started and no folder is made", async () => {
  const dataDir = join(temporaryFolder(), "unused");
  const env = { DATABASE_URL: "postgresql://a@b/c", REDIS_URL: "redis://d" };
  const services = await startLocalServices({ dataDir, env });
  expect(services).toMatchObject({
    databaseUrl: "postgresql://a@b/c",
    redisUrl: "redis://d",
    started: { postgres: false, redis: false },
  });
  await services.stop();
  expect(existsSync(dataDir)).toBe(false);
});

test("an owner killed with SIGKILL takes its services with it, and its data is there again", async () => {
  const dataDir = usedFolder;
  const owner = await startInChild(dataDir);
  await select(owner.databaseUrl, KEEP_ANSWER);
  const pids = [runningPid(dataDir, "postgres"), runningPid(dataDir, "redis")];
  owner.child.kill("SIGKILL");
  await untilGone(pids, 5_000);

  const next = await start(dataDir);
  expect(next.started).toEqual({ postgres: true, redis: true });
  expect(await select(next.databaseUrl, "SELECT n FROM kept")).toEqual([{ n: 42 }]);
});

test("a start right after the owner was killed waits for the old server and starts a new one", async () => {
  const dataDir = usedFolder;
  const owner = await startInChild(dataDir);
  const exit = once(owner.child, "exit");
  owner.child.kill("SIGKILL");
  await exit;
  const next = await start(dataDir);
  expect(next.started).toEqual({ postgres: true, redis: true });
  await sleep(500);
  expect(await select(next.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("an owner that just exits leaves nothing running", async () => {
  const dataDir = usedFolder;
  const owner = await startInChild(dataDir);
  const pids = [runningPid(dataDir, "postgres"), runningPid(dataDir, "redis")];
  owner.child.stdin?.end();
  const [code] = await once(owner.child, "exit");
  expect(code).toBe(0);
  await untilGone(pids, 5_000);
});

test("servers whose guard was killed are ended by the next start", async () => {
  const dataDir = usedFolder;
  const owner = await startInChild(dataDir);
  await select(owner.databaseUrl, KEEP_ANSWER);
  for (const service of ["postgres", "redis"]) {
    process.kill(runningPid(dataDir, service, "guard"), "SIGKILL");
  }
  await sleep(200);
  expect(await select(owner.databaseUrl, "SELECT 1 AS one")).toEqual([{ one: 1 }]);

  const next = await start(dataDir);
  expect(next.started).toEqual({ postgres: true, redis: true });
  await expect(select(owner.databaseUrl, "SELECT 1")).rejects.toThrow("ECONNREFUSED");
  expect(await select(next.databaseUrl, "SELECT n FROM kept")).toEqual([{ n: 42 }]);
});

test("a server that goes down by itself is reported to its owner", async () => {
  const dataDir = usedFolder;
  const events: ServiceEvent[] = [];
  await start(dataDir, { onEvent: (event) => events.push(event) });
  process.kill(runningPid(dataDir, "redis"), "SIGKILL");
  await expect
    .poll(() => events.find(({ event }) => event === "ended"), { timeout: 5_000 })
    .toEqual({ service: "redis", event: "ended", detail: "it was ended by SIGKILL" });
});

test("a cluster of another major version is refused and left as it is", async () => {
  const dataDir = temporaryFolder();
  mkdirSync(join(dataDir, "postgres", "data"), { recursive: true });
  writeFileSync(join(dataDir, "postgres", "data", "PG_VERSION"), "9\n");
  await expect(startPostgres({ dataDir })).rejects.toMatchObject({
    code: "postgres-version-mismatch",
    fix: expect.stringContaining("another data folder"),
  });
});

test("a cluster that cannot start is reported with its log", async () => {
  const dataDir = temporaryFolder();
  const first = await keep(startPostgres({ dataDir, durability: "fast" }));
  await first.stop();
  rmSync(join(dataDir, "postgres", "data", "global"), { recursive: true });
  await expect(startPostgres({ dataDir })).rejects.toMatchObject({
    code: "postgres-start-failed",
    message: expect.stringMatching(/global/),
  });
});

test("Postgres runs in every way that this machine offers this user", async () => {
  for (const way of privilegeWays()) {
    const dataDir = temporaryFolder();
    const postgres = await keep(
      startPostgres({ dataDir, durability: "fast", privilegeWays: [way] }),
    );
    expect(await select(postgres.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await postgres.stop();
    // The owner of the files changes hands when the next start goes another way.
    const again = await keep(startPostgres({ dataDir, durability: "fast" }));
    expect(await select(again.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  }
});

const KEEP_ANSWER = "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 42 AS n";

async function start(
  dataDir: string,
  options: { onEvent?: (event: ServiceEvent) => void } = {},
): Promise<LocalServices> {
  return keep(startLocalServices({ dataDir, durability: "fast", ...options }));
}

async function keep<T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const services = await starting;
  toStop.unshift(services);
  return services;
}

/** An owner in a process of its own; it exits when its stdin ends. */
async function startInChild(
  dataDir: string,
): Promise<{ child: ChildProcess; databaseUrl: string }> {
  const script = `
    import { startLocalServices } from "@winnow/local-services";
    const services = await startLocalServices({ dataDir: process.argv[1], durability: "fast" });
    console.log(services.databaseUrl);
    process.stdin.resume().on("end", () => process.exit(0));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, dataDir], {
    cwd: join(root, "apps/cli"), // a package that may import local-services
    stdio: ["pipe", "pipe", "inherit"],
  });
  toKill.push(child);
  const [databaseUrl] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { child, databaseUrl };
}

function privilegeWays() {
  if (process.getuid?.() !== 0) return ["plain"] as const;
  const mapsUsers = spawnSync("unshare", ["--user", "--map-user=65534", "true"]).status === 0;
  return mapsUsers ? (["user-namespace", "capability"] as const) : (["capability"] as const);
}

async function select(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function redisSays(url: string, command: string, ...args: string[]): Promise<unknown> {
  const redis = new Redis(url, {
    lazyConnect: true,
    enableReadyCheck: false, // it would hide the server's own refusal
    retryStrategy: () => null,
  });
  redis.on("error", () => {});
  try {
    await redis.connect();
    return await redis.call(command, ...args);
  } finally {
    redis.disconnect();
  }
}

function withoutPassword(url: string): string {
  const changed = new URL(url);
  changed.password = "";
  return changed.href;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "winnow-services-"));
  folders.push(folder);
  return folder;
}

function modeOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

function runningPid(dataDir: string, service: string, who: "server" | "guard" = "server"): number {
  const running = JSON.parse(readFileSync(join(dataDir, service, "running.json"), "utf8"));
  return running[who].pid;
}

async function untilGone(pids: number[], timeoutMs: number): Promise<void> {
  await expect.poll(() => pids.filter(isAlive), { timeout: timeoutMs, interval: 50 }).toEqual([]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
