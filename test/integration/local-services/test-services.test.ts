import { Redis } from "ioredis";
import pg from "pg";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../support/postgres.js";
import { createTestRedis } from "../../support/redis.js";

test("each test database is a migrated clone of its own", async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const client = new pg.Client(one.url);
  await client.connect();
  await client.query("CREATE TABLE only_here (id int)");
  const { rows } = await client.query("SELECT to_regclass('_prisma_migrations') AS migrated");
  await client.end();
  expect(rows).toEqual([{ migrated: "_prisma_migrations" }]);

  const second = new pg.Client(other.url);
  await second.connect();
  const found = await second.query("SELECT to_regclass('only_here') AS here");
  await second.end();
  expect(found.rows).toEqual([{ here: null }]);
  await Promise.all([one.drop(), other.drop()]);
});

test("a connection left open fails the drop and is named", async () => {
  const database = await createTestDatabase("empty");
  const client = new pg.Client({ connectionString: database.url, application_name: "leaky" });
  client.on("error", () => {});
  await client.connect();
  await expect(database.drop()).rejects.toThrow("leaky");
});

test("the test Redis evicts nothing and gives each caller a prefix", async () => {
  const [one, other] = await Promise.all([createTestRedis(), createTestRedis()]);
  expect(one.prefix).not.toBe(other.prefix);
  const redis = new Redis(one.url);
  const policy = await redis.config("GET", "maxmemory-policy");
  redis.disconnect();
  expect(policy).toEqual(["maxmemory-policy", "noeviction"]);
});
