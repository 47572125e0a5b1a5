import { openStore, requestCancel, type Store } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { startHeartbeat } from "@winnow/worker";
import { pino } from "pino";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../../support/jobs.js";
import { createTestDatabase, type TestDatabase } from "../../support/postgres.js";
import { mustClaim, queueIngest } from "../../support/seed-data.js";

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await createTestDatabase();
  store = openStore({ databaseUrl: database.url, applicationName: "test" });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

/** Longer than a beat waits for a row. */
const LOST_AFTER_MS = 7_000;

/** A claimed task, and why its holder was stopped. */
async function beating(from: Store) {
  const jobId = await queueIngest(store);
  const claim = await mustClaim(store, jobId);
  const stops: string[] = [];
  const heartbeat = startHeartbeat({
    store: from,
    claim,
    intervalMs: 50,
    lostAfterMs: LOST_AFTER_MS,
    log: pino({ level: "silent" }),
    onStop: ({ why }) => stops.push(why),
  });
  return { jobId, claim, stops, heartbeat };
}

it("a Postgres that neither answers nor closes the connection stops the task", async () => {
  const own = openStore({ databaseUrl: database.url, applicationName: "beats", maxConnections: 1 });
  const { rows } = await poolOf(own).query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const { pid } = rows[0]!;
  const { stops, heartbeat } = await beating(own);
  process.kill(pid, "SIGSTOP");
  try {
    await eventually("the stop", async () => stops.length > 0);
    expect(stops).toEqual(["lost"]);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await heartbeat.end();
  await own.close();
});

it("a row that is locked for long does not stop the task, and a later cancel does", async () => {
  const { jobId, claim, stops, heartbeat } = await beating(store);
  const writing = await poolOf(store).connect();
  await writing.query("BEGIN");
  await writing.query("SELECT 1 FROM tasks WHERE id = $1 FOR UPDATE", [claim.taskId]);
  await new Promise((resolve) => setTimeout(resolve, LOST_AFTER_MS + 2_000));
  await writing.query("COMMIT");
  writing.release();
  expect(stops).toEqual([]);
  await requestCancel(store, jobId);
  await eventually("the stop", async () => stops.length > 0, 60_000);
  expect(stops).toEqual(["cancelled"]);
  await heartbeat.end();
});
