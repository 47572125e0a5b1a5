import { createClient } from "@winnow/client";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { eventually } from "../support/jobs.js";
import { type Pooler, startPooler } from "../support/pgbouncer.js";
import { seedCrossValidation } from "../support/seed-data.js";
import { openWorkerFixture, type WorkerFixture } from "../support/worker-fixture.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const ROUNDS = scaled({ full: 10, short: 1 });
const AT_ONCE = scaled({ full: 300, short: 100 });
/** Fewer than the API's connections, so that each of those meets all of the server's. */
const POOL_SIZE = 5;

let fixture: WorkerFixture;
let pooler: Pooler;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  pooler = await startPooler([fixture.databaseUrl], { poolSize: POOL_SIZE });
});

afterAll(async () => {
  await fixture.stopAll();
  await pooler.close();
  await fixture.close();
});

it("behind a pooler in transaction mode, of many parallel POSTs none is a 5xx and none is lost", async (context) => {
  const chaos = chaosOf(context);
  const env = {
    DATABASE_URL: pooler.through(fixture.databaseUrl),
    DIRECT_DATABASE_URL: fixture.databaseUrl,
    QUOTA_OPEN_JOBS: "0",
  };
  const { crossValidationId } = await seedCrossValidation(fixture.store, 60);
  const seeded = (await jobsByState()).reduce((sum, { jobs }) => sum + jobs, 0);
  const api = await fixture.startApi(env);
  await fixture.startWorker({ ...env, WORKER_ROLES: "cpu,orchestrator", CPU_CONCURRENCY: "4" });
  const upload = await createClient(api.url).upload(new Blob(["text,label\na,b\nc,d\n"]));
  const kinds = {
    "jobs/dataset-ingest": () => ({
      name: "posted",
      source: { type: "upload", uploadId: upload.id },
    }),
    "jobs/pruning": () => ({ crossValidationId }),
  };
  const post = async (path: keyof typeof kinds, key: string) => {
    const response = await fetch(`${api.url}/v1/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify(kinds[path]()),
    });
    const answer = await response.text();
    return response.status === 202 ? "" : `${response.status} ${answer}`;
  };
  let posted = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const requests = Array.from({ length: AT_ONCE }, (_, i) =>
      post(chaos.pick(Object.keys(kinds) as (keyof typeof kinds)[]), `${round}-${i}`),
    );
    const refusals = (await Promise.all(requests)).filter(Boolean);
    posted += AT_ONCE;
    chaos.tell({ POSTs: posted, "at once": AT_ONCE, "server connections": POOL_SIZE });
    expect(refusals).toEqual([]);
  }
  const wanted = [{ state: "succeeded", jobs: seeded + posted }];
  const ended = await eventually(
    "the end of every job",
    async () => {
      const states = await jobsByState();
      return states.every(({ state }) => !["queued", "running"].includes(state)) && states;
    },
    600_000,
  );
  chaos.tell({ succeeded: ended[0]?.jobs ?? 0 });
  expect(ended).toEqual(wanted);
});

async function jobsByState(): Promise<{ state: string; jobs: number }[]> {
  const { rows } = await poolOf(fixture.store).query<{ state: string; jobs: number }>(
    "SELECT state, count(*)::int AS jobs FROM jobs GROUP BY state",
  );
  return rows;
}
