import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { runCli } from "../support/cli.js";
import { type PoolMode, startPooler } from "../support/pgbouncer.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";
import { createTestRedis } from "../support/redis.js";

vi.setConfig({ testTimeout: 120_000 });

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

/** What winnow doctor says of a pooler. */
async function found(mode: PoolMode) {
  const pooler = await startPooler([database.url], { mode });
  try {
    const env = {
      DATABASE_URL: pooler.through(database.url),
      REDIS_URL: redisUrl,
      STORAGE_DIR: storageDir,
    };
    const { code, stdout } = await runCli(["doctor", "--json"], { env });
    const { checks } = JSON.parse(stdout) as {
      checks: { name: string; status: string; found: string; fix: string | null }[];
    };
    return { code, pooler: checks.find(({ name }) => name === "pooler") };
  } finally {
    await pooler.close();
  }
}

it("winnow doctor names a pooler that lends transactions, and what to set", async () => {
  expect(await found("transaction")).toMatchObject({
    code: 1,
    pooler: { status: "problem", fix: expect.stringContaining("DIRECT_DATABASE_URL") },
  });
  expect((await found("session")).pooler).toMatchObject({ status: "ok" });
});
