import { detectPooling } from "@winnow/store";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type PoolMode, startPooler } from "../support/pgbouncer.js";
import { createTestDatabase, type TestDatabase } from "../support/postgres.js";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase("empty");
});
afterAll(() => database.drop());

/** What is detected through a pooler. */
async function seen(mode: PoolMode, poolSize: number): Promise<string> {
  const pooler = await startPooler([database.url], { mode, poolSize });
  try {
    return await detectPooling(pooler.through(database.url));
  } finally {
    await pooler.close();
  }
}

it("sees what stands between a URL and Postgres", async () => {
  expect(await detectPooling(database.url)).toBe("none");
  expect(await seen("transaction", 20)).toBe("transaction");
  expect(await seen("session", 20)).toBe("session");
  expect(await seen("statement", 20)).toBe("transaction");
});

it("sees it also where the pooler has a single connection", async () => {
  expect(await seen("transaction", 1)).toBe("transaction");
  expect(await seen("session", 1)).toBe("session");
});

it("a database that does not answer is an error, not a mode", async () => {
  await expect(detectPooling("postgresql://a:b@127.0.0.1:1/c")).rejects.toThrow("ECONNREFUSED");
});
