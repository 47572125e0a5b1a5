import { openStore, type Store, withTransaction } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { retryOnOutage } from "@winnow/worker";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase("empty");
  store = openStore({
    databaseUrl: database.url,
    applicationName: "test",
    onError: () => {},
  });
  await poolOf(store).query("CREATE TABLE notes (id int PRIMARY KEY)");
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

it("a transaction that Postgres terminates is retried, and commits once", async () => {
  let tries = 0;
  await retryOnOutage(() =>
    withTransaction(store, async (tx) => {
      tries++;
      await tx.query("INSERT INTO notes VALUES (1)");
      if (tries < 3) await tx.query("SELECT pg_terminate_backend(pg_backend_pid())");
    }),
  );
  expect(tries).toBe(3);
  const { rows } = await poolOf(store).query("SELECT id FROM notes");
  expect(rows).toEqual([{ id: 1 }]);
});

it("an unreachable Postgres is waited for, up to a limit", async () => {
  const nobody = openStore({
    databaseUrl: "postgres://nobody@127.0.0.1:1/nothing",
    applicationName: "test",
    onError: () => {},
  });
  let tries = 0;
  const ask = () => {
    tries++;
    return poolOf(nobody).query("SELECT 1");
  };
  await expect(retryOnOutage(ask, 1_000)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(tries).toBeGreaterThan(1);
  await nobody.close();
});

it("an error that Postgres itself returns is not retried", async () => {
  let tries = 0;
  const insert = () => {
    tries++;
    return poolOf(store).query("INSERT INTO notes VALUES (1)");
  };
  await expect(retryOnOutage(insert)).rejects.toMatchObject({ code: "23505" });
  expect(tries).toBe(1);
});
