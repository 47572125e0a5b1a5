import pg from "pg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startCli } from "../../support/cli.js";
import { eventually } from "../../support/jobs.js";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import { openTcpProxy, type TcpProxy } from "../../support/tcp-proxy.js";

vi.setConfig({ testTimeout: 360_000 });

let database: TestDatabase;
let other: pg.Client;
let proxy: TcpProxy;

beforeEach(async () => {
  database = await createTestDatabase("empty");
  other = new pg.Client({ connectionString: database.url });
  await other.connect();
  proxy = await openTcpProxy(Number(new URL(database.url).port));
});

afterEach(async () => {
  await proxy.close();
  await other.end();
  await database.drop();
});

/** `winnow migrate` through the proxy, once it waits for what `hold` locks. */
async function waitingMigration(hold: string) {
  await other.query(hold);
  const url = new URL(database.url);
  url.port = String(proxy.port);
  const cli = startCli(["migrate"], { env: { DATABASE_URL: url.href } });
  const waiting = `SELECT pid FROM pg_stat_activity WHERE application_name = 'winnow-migrate'
    AND datname = current_database() AND wait_event_type = 'Lock'`;
  const pid = await eventually("the migration to wait", async () => {
    // In a transaction the view would stay as it was at the first look.
    await other.query("SELECT pg_stat_clear_snapshot()");
    return (await other.query<{ pid: number }>(waiting)).rows[0]?.pid;
  });
  return { cli, pid };
}

it.each([
  ["before the first migration", "SELECT pg_advisory_lock(72707369)", "database-unreachable"],
  ["in a migration", 'BEGIN; CREATE TABLE "uploads" (id int)', "database-connection-lost"],
])("a network that breaks %s is a sentence", async (_, hold, code) => {
  const { cli } = await waitingMigration(hold);
  await proxy.close();
  expect(await cli.ended).toBe(1);
  expect(cli.stderr()).toMatch(new RegExp(`^error\\s+${code}: `));
  expect(cli.stderr()).not.toContain("    at ");
});

it("a server that ends the connection is a sentence, and the next migration goes on", async () => {
  const { cli, pid } = await waitingMigration('BEGIN; CREATE TABLE "uploads" (id int)');
  await other.query("SELECT pg_terminate_backend($1)", [pid]);
  expect(await cli.ended).toBe(1);
  expect(cli.stderr()).toMatch(/^error\s+database-connection-lost: .*rolled back.*again/);
  await other.query("ROLLBACK");
  const again = startCli(["migrate"], { env: { DATABASE_URL: database.url } });
  expect(await again.ended, again.stderr()).toBe(0);
});
