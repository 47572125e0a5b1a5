import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalService, startPostgres, startRedis } from "@winnow/local-services";
import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { runCli } from "../../support/cli.js";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import { createTestRedis } from "../../support/redis.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

interface Finding {
  readonly name: string;
  readonly status: "ok" | "warning" | "problem";
  readonly found: string;
  readonly fix: string | null;
}

let folder: string;
/** A Postgres and a Redis that the test may spoil. */
let postgres: LocalService;
let redis: LocalService;
let database: TestDatabase;
let redisUrl: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "winnow-doctor-test-"));
  [postgres, redis, database, { url: redisUrl }] = await Promise.all([
    startPostgres({ dataDir: join(folder, "servers"), durability: "fast" }),
    startRedis({ dataDir: join(folder, "servers"), durability: "fast" }),
    createTestDatabase(),
    createTestRedis(),
  ]);
});

afterAll(async () => {
  await Promise.all([postgres.stop(), redis.stop(), database.drop()]);
  rmSync(folder, { recursive: true, force: true });
});

const suitable = () => ({
  DATABASE_URL: database.url,
  REDIS_URL: redisUrl,
  STORAGE_DIR: join(folder, "storage"),
});

async function doctor(env: Record<string, string>, args: readonly string[] = []) {
  const { code, stdout, stderr } = await runCli(["doctor", "--json", ...args], { env });
  expect(stderr).toBe("");
  const report = JSON.parse(stdout) as { ok: boolean; checks: Finding[] };
  expect(report.ok).toBe(code === 0);
  const named = (name: string) => report.checks.filter((check) => check.name === name);
  return { code, checks: report.checks, named };
}

const query = async (url: string, sql: string) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
};

it("finds nothing to change where all is fit: a line each, and the exit code is 0", async () => {
  const { code, stdout } = await runCli(["doctor"], { env: suitable() });
  const lines = stdout.trimEnd().split("\n");
  expect([code, lines.at(-1)]).toEqual([0, "All is well: the service can start."]);
  const names = lines.slice(0, -2).map((line) => line.slice(9, 22).trim());
  expect(names.filter((name) => name !== "")).toEqual([
    ...["node", "machine"],
    ...["postgres", "pooler", "encoding", "schema", "migrations", "time", "sessions", "writes"],
    ...["locks", "connections", "redis", "redis role", "eviction", "persistence", "cluster"],
    ...["storage", "shared", "disk", "backends"],
  ]);
  expect(lines.filter((line) => line.startsWith("ok"))).toHaveLength(21);
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
});

it("says all that is wrong at once, and how to fix each, in 80 columns", async () => {
  await query(
    postgres.url,
    `CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0;`,
  ).catch(async () => {
    await query(
      postgres.url,
      "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0",
    );
  });
  await query(postgres.url, "CREATE ROLE visitor LOGIN PASSWORD 'secret-word'");
  for (const [name, value] of [
    ["default_transaction_read_only", "on"],
    ["session_replication_role", "replica"],
    // What Winnow sets itself is nobody's fault.
    ["DateStyle", "'German'"],
    ["statement_timeout", "'5s'"],
    ["search_path", "elsewhere"],
    ["default_transaction_isolation", "'serializable'"],
  ]) {
    await query(postgres.url, `ALTER ROLE visitor SET ${name} = ${value}`);
  }
  const url = new URL(postgres.url);
  [url.username, url.password, url.pathname] = ["visitor", "secret-word", "/latin"];
  const admin = new Redis(redis.url);
  await admin.config("SET", "maxmemory-policy", "allkeys-lru");
  await admin.config("SET", "appendonly", "no");
  await admin.call("REPLICAOF", "127.0.0.1", "1");
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  const env = { DATABASE_URL: url.href, REDIS_URL: redis.url, STORAGE_DIR: join(file, "storage") };
  try {
    const { code, checks } = await doctor(env);
    expect(code).toBe(1);
    const wrong = checks.filter(({ status }) => status !== "ok");
    expect(wrong.map(({ name, status }) => `${status} ${name}`)).toEqual([
      "problem encoding",
      "problem schema",
      "problem migrations",
      "problem sessions",
      "problem writes",
      "problem redis role",
      "problem eviction",
      "warning persistence",
      "problem storage",
    ]);
    for (const { name, fix } of wrong) expect(fix, name).toMatch(/\w{3}/);
    expect(wrong.find(({ name }) => name === "migrations")).toMatchObject({
      found: expect.stringMatching(/^the database lacks \d+ migrations$/),
      fix: "run winnow migrate",
    });
    const { stdout } = await runCli(["doctor"], { env });
    expect(wrong.find(({ name }) => name === "sessions")).toMatchObject({
      found: expect.stringContaining("session_replication_role to replica"),
      fix: expect.stringContaining("RESET session_replication_role"),
    });
    expect(stdout).toMatch(/^8 problems, 1 warning: solve the problems first\.$/m);
    expect(stdout).not.toContain("secret-word");
    for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  } finally {
    await admin.call("REPLICAOF", "NO", "ONE");
    await admin.config("SET", "maxmemory-policy", "noeviction");
    await admin.config("SET", "appendonly", "yes");
    admin.disconnect();
  }
});

describe("a server that cannot be used is one line, without its password", () => {
  const changed = (url: string, change: (url: URL) => void): string => {
    const other = new URL(url);
    change(other);
    return other.href;
  };

  it("nothing listens", async () => {
    const { code, named, checks } = await doctor({
      DATABASE_URL: "postgresql://winnow:secret-word@127.0.0.1:1/winnow",
      REDIS_URL: "redis://:secret-word@127.0.0.1:1",
      STORAGE_DIR: join(folder, "storage"),
    });
    expect(code).toBe(1);
    expect(named("postgres")).toMatchObject(
      [{ status: "problem", found: /ECONNREFUSED/ }].map(asText),
    );
    expect(named("redis")).toMatchObject(
      [{ status: "problem", found: /ECONNREFUSED/ }].map(asText),
    );
    expect(named("pooler")).toEqual([]);
    expect(JSON.stringify(checks)).not.toContain("secret-word");
  });

  it("the password is refused, or the database is not there", async () => {
    const { named } = await doctor({
      ...suitable(),
      DATABASE_URL: changed(postgres.url, (url) => {
        url.password = "wrong-word";
      }),
      REDIS_URL: changed(redis.url, (url) => {
        url.password = "wrong-word";
      }),
    });
    expect(named("postgres")).toMatchObject([
      asText({ status: "problem", found: /password authentication failed/ }),
    ]);
    expect(named("redis")).toMatchObject([
      asText({ status: "problem", found: /^Redis refuses the password of REDIS_URL \(WRONGPASS/ }),
    ]);
    const { named: missing } = await doctor({
      ...suitable(),
      REDIS_URL: changed(redis.url, (url) => {
        url.pathname = "/99";
      }),
    });
    expect(missing("redis")).toMatchObject([
      asText({ status: "problem", found: /^Redis has no database 99 / }),
    ]);
  });

  it("REDIS_URL is not set", async () => {
    const { code, named } = await doctor({ DATABASE_URL: database.url, STORAGE_DIR: folder });
    expect(code).toBe(1);
    expect(named("redis")).toMatchObject([{ status: "problem", found: "REDIS_URL is not set" }]);
  });
});

it("a session that holds the migrations' lock is named", async () => {
  const holder = new pg.Client({ connectionString: database.url, application_name: "forgotten" });
  await holder.connect();
  await holder.query("SELECT pg_advisory_lock(72707369)");
  const { named } = await doctor(suitable());
  await holder.end();
  expect(named("locks")).toMatchObject([
    asText({ status: "warning", found: /\(forgotten\) holds/ }),
  ]);
});

it("another database's folder is a problem, until --adopt-storage makes it this one's", async () => {
  const env = { ...suitable(), STORAGE_DIR: join(folder, "other") };
  expect((await doctor(env, ["--adopt-storage"])).named("shared")).toMatchObject([
    asText({ status: "ok", found: /from now on$/ }),
  ]);
  const other = await createTestDatabase();
  try {
    const stranger = { ...env, DATABASE_URL: other.url };
    const { code, named } = await doctor(stranger);
    expect(code).toBe(1);
    expect(named("shared")).toMatchObject([
      asText({ status: "problem", found: /^STORAGE_DIR belongs to another database/ }),
    ]);
    expect((await doctor(stranger, ["--adopt-storage"])).code).toBe(0);
    expect((await doctor(env)).named("shared")[0]?.status).toBe("problem");
  } finally {
    await other.drop();
  }
});

it("without servers it tries whether winnow up could start some, and leaves nothing", async () => {
  const cwd = mkdtempSync(join(folder, "empty-"));
  const TMPDIR = mkdtempSync(join(folder, "temporary-"));
  const { code, stdout } = await runCli(["doctor", "--json"], { cwd, env: { TMPDIR } });
  const { checks } = JSON.parse(stdout) as { checks: Finding[] };
  expect(code, stdout).toBe(0);
  const of = (name: string) => checks.find((check) => check.name === name);
  expect(of("postgres")?.found).toMatch(/^18/);
  expect(of("migrations")?.found).toContain("winnow up applies them");
  expect(of("storage")?.found).toContain("can be made");
  expect(existsSync(join(cwd, ".winnow"))).toBe(false);
  expect(readdirSync(TMPDIR).filter((name) => name.startsWith("winnow-doctor-"))).toEqual([]);
});

/** Patterns as matchers of texts. */
function asText<T extends { readonly found: RegExp }>(finding: T) {
  return { ...finding, found: expect.stringMatching(finding.found) };
}
