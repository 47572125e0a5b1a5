import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { freePort } from "../support/free-port.js";
import { eventually, succeeded } from "../support/jobs.js";
import type { NodeProcess } from "../support/node-process.js";
import { type RedisPair, startRedisPair } from "../support/redis-pair.js";
import { seedCrossValidation } from "../support/seed-data.js";
import { openWorkerFixture, type WorkerFixture } from "../support/worker-fixture.js";
import { type Chaos, chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 1_200_000, hookTimeout: 600_000 });

const FAILOVERS = scaled({ full: 20, short: 3 });
const POSTS = scaled({ full: 40, short: 15 });
const AT_ONCE = 4;
/** An address that turns so late shows clients a replica for a while. */
const LATE_MS = 3_000;
/**
 * The promise is ten seconds, and holds at full scale, where other tests wait. Short, it runs beside
 * others that take their turn on the same cores.
 */
const GO_ON_WITHIN_MS = scaled({ full: 10_000, short: 30_000 });

let fixture: WorkerFixture;
let pair: RedisPair;
let api: NodeProcess & { readonly url: string };
let workerUrl: string;
let crossValidationId: string;

beforeAll(async () => {
  [fixture, pair] = await Promise.all([openWorkerFixture(), startRedisPair()]);
  ({ crossValidationId } = await seedCrossValidation(fixture.store, 60));
  const port = String(await freePort());
  const env = { REDIS_URL: pair.url, QUEUE_PREFIX: "{winnow}" };
  api = await fixture.startApi(env);
  // With the waits of a real installation: jobs must not go on only because a test is in a hurry.
  const own = { WORKER_ROLES: "cpu,orchestrator", CPU_CONCURRENCY: "4" };
  const health = { HEALTH_PORT: port, HEALTH_HOST: "127.0.0.1" };
  await fixture.startPatientWorker({ ...env, ...own, ...health });
  workerUrl = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  await fixture.close();
  await pair.close();
});

async function post(): Promise<string> {
  const response = await fetch(`${api.url}/v1/jobs/pruning`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ crossValidationId }),
  });
  expect(response.status, await response.clone().text()).toBe(202);
  return ((await response.json()) as { id: string }).id;
}

async function readyz(url: string): Promise<{ status: number; redis: string | null }> {
  const response = await fetch(`${url}/readyz`);
  const { checks } = (await response.json()) as { checks: { name: string; detail: string }[] };
  const { detail } = checks.find(({ name }) => name === "redis") ?? { detail: null };
  return { status: response.status, redis: detail };
}

/** Both programs say that they are not ready, and why. */
const saidReplica = (url: string) =>
  eventually(
    `${url} to say that Redis is a replica`,
    async () => {
      const { status, redis } = await readyz(url);
      return status === 503 && redis?.includes("is a replica");
    },
    LATE_MS,
  );

const FAILOVER = {
  /** As Sentinel and managed services do it. */
  demoted: () => pair.demote(0),
  /** The address turns only later. */
  late: async () => {
    await Promise.all([pair.demote(LATE_MS), saidReplica(api.url), saidReplica(workerUrl)]);
  },
  /** The old one is cut off and goes on as a primary, for those that are connected to it. */
  isolated: () => pair.isolate(),
};
const KINDS = Object.keys(FAILOVER) as (keyof typeof FAILOVER)[];

/** Posts jobs, and lets Redis fail over somewhere among them. */
async function postAround(chaos: Chaos, strike: () => Promise<void>): Promise<string[]> {
  const ids: string[] = [];
  const fallsAt = chaos.below(POSTS);
  let [open, struck] = [POSTS, Promise.resolve()];
  const poster = async () => {
    while (open-- > 0) {
      if (open === fallsAt) struck = strike();
      ids.push(await post());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, poster));
  await struck;
  return ids;
}

it(`Redis fails over: nothing is lost, and jobs go on within ${GO_ON_WITHIN_MS / 1000} s`, async (context) => {
  const chaos = chaosOf(context);
  const startedAt = new Date();
  const accepted: string[] = [];
  const seen = { demoted: 0, late: 0, isolated: 0 };
  const slowestMs = { demoted: 0, late: 0, isolated: 0 };
  for (let n = 0; n < FAILOVERS; n++) {
    const kind = KINDS[n % KINDS.length]!;
    accepted.push(...(await postAround(chaos, FAILOVER[kind])));
    const struckAt = performance.now();
    const next = await post();
    await succeeded(fixture.store, next, GO_ON_WITHIN_MS);
    accepted.push(next);
    slowestMs[kind] = Math.max(slowestMs[kind], Math.round(performance.now() - struckAt));
    for (const url of [api.url, workerUrl]) {
      await eventually(`${url} to be ready`, async () => (await readyz(url)).status === 200);
    }
    await pair.rejoin();
    seen[kind] += 1;
    chaos.tell({ accepted: accepted.length, ...seen });
    for (const each of KINDS) chaos.tell({ [`slowest ms to go on, ${each}`]: slowestMs[each] });
  }
  await eventually("the end of every job", async () => {
    const { rows } = await poolOf(fixture.store).query(
      "SELECT 1 FROM jobs WHERE state IN ('queued', 'running')",
    );
    return rows.length === 0;
  });
  const { rows } = await poolOf(fixture.store).query<{ id: string; ends: number }>(
    `SELECT id, (SELECT count(*)::int FROM job_events e WHERE e.job_id = j.id
       AND e.type = 'state' AND e.data->>'state' = 'succeeded') AS ends FROM jobs j WHERE kind = 'pruning' AND created_at >= $1`,
    [startedAt],
  );
  const ends = new Map(rows.map((row) => [row.id, row.ends]));
  const lost = accepted.filter((id) => ends.get(id) !== 1).length;
  chaos.tell({ lost });
  expect({ lost, jobs: rows.length }).toEqual({ lost: 0, jobs: accepted.length });
});
