import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { runCli } from "../support/cli.js";
import { setHostile } from "../support/hostile-settings.js";
import { type PoolMode, startPooler } from "../support/pgbouncer.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { createTestRedis } from "../support/redis.js";

vi.setConfig({ testTimeout: 360_000 });

let database: TestDatabase;
let redisUrl: string;
const storageDir = mkdtempSync(join(tmpdir(), "winnow-doctor-pooler-"));

beforeAll(async () => {
  [database, { url: redisUrl }] = await Promise.all([createTestDatabase(), createTestRedis()]);
});
afterAll(async () => {
  await database.drop();
  rmSync(storageDir, { recursive: true, force: true });
});

async function doctor(urls: Record<string, string>) {
  const env = { ...urls, REDIS_URL: redisUrl, STORAGE_DIR: storageDir };
  const { code, stdout } = await runCli(["doctor", "--json"], { env });
  const { checks } = JSON.parse(stdout) as {
    checks: { name: string; status: string; found: string; fix: string | null }[];
  };
  const named = (wanted: string) => checks.find(({ name }) => name === wanted);
  return { code, pooler: named("pooler"), sessions: named("sessions") };
}

/** What winnow doctor says of a pooler. */
async function found(mode: PoolMode, settings: Record<string, string> = {}) {
  const pooler = await startPooler([database.url], { mode, settings });
  try {
    return await doctor({ DATABASE_URL: pooler.through(database.url) });
  } finally {
    await pooler.close();
  }
}

it("winnow doctor names a pooler that lends transactions, and what to set", async () => {
  expect(await found("transaction")).toMatchObject({
    code: 1,
    pooler: { status: "problem", fix: expect.stringContaining("DIRECT_DATABASE_URL") },
  });
  // One that takes no settings from a session suits as little, whatever it lends.
  expect((await found("session")).pooler).toMatchObject({
    status: "problem",
    found: expect.stringContaining("refuses the settings of a session"),
  });
  const silent = { ignore_startup_parameters: "options" };
  expect((await found("session", silent)).pooler).toMatchObject({ status: "ok" });
});

it("winnow doctor names what the role's sessions have through a pooler, until migrate has set it", async () => {
  const spoilt = await createTestDatabase("empty");
  await setHostile(spoilt.url);
  const pooler = await startPooler([spoilt.url]);
  const urls = { DATABASE_URL: pooler.through(spoilt.url), DIRECT_DATABASE_URL: spoilt.url };
  try {
    const before = await doctor(urls);
    expect(before.pooler).toMatchObject({
      status: "ok",
      found: expect.stringContaining("past it"),
    });
    expect(before.sessions).toMatchObject({
      status: "problem",
      found: expect.stringContaining("timezone is Asia"),
      fix: expect.stringContaining("RECONNECT"),
    });
    expect(await runCli(["migrate"], { env: urls })).toMatchObject({ code: 0 });
    await pooler.reconnect();
    expect(await doctor(urls)).toMatchObject({ code: 0, sessions: { status: "ok" } });
  } finally {
    await pooler.close();
    await spoilt.drop();
  }
});
