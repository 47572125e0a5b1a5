import { randomUUID } from "node:crypto";
import { isTerminal } from "@winnow/contracts";
import { poolOf } from "@winnow/store/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { eventually } from "../support/jobs.js";
import type { NodeProcess } from "../support/node-process.js";
import { seedCrossValidation } from "../support/seed-data.js";
import { openKillableFixture } from "../support/worker-fixture.js";
import { type Chaos, chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 1_200_000, hookTimeout: 600_000 });

const BLOWS = scaled({ full: 20, short: 3 });
const POSTS_A_BLOW = scaled({ full: 50, short: 20 });
const AT_ONCE = 4;
const ROWS = 60;

let fixture: Awaited<ReturnType<typeof openKillableFixture>>;
let api: NodeProcess & { readonly url: string };
let crossValidationId: string;

beforeAll(async () => {
  fixture = await openKillableFixture();
  ({ crossValidationId } = await seedCrossValidation(fixture.store, ROWS));
  api = await fixture.startApi();
  await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator", CPU_CONCURRENCY: "4" });
});

afterAll(async () => {
  await fixture.close();
});

/** What may happen to a Redis; afterwards it answers again. */
const BLOW = {
  async killed(chaos: Chaos) {
    await fixture.services.redis.kill();
    await chaos.moment(0, 1_500);
    await fixture.services.redis.start();
  },
  async restarted(chaos: Chaos) {
    await fixture.services.redis.stop();
    await chaos.moment(0, 1_500);
    await fixture.services.redis.start();
  },
  async emptied() {
    const redis = new Redis(fixture.redisUrl, { maxRetriesPerRequest: null });
    redis.on("error", () => {});
    await redis.flushall();
    redis.disconnect();
  },
};

/** Posts one job, some of them twice, as a client does that missed the answer. Returns the 202's id. */
async function post(chaos: Chaos): Promise<string> {
  const send = async (key: string) => {
    const response = await fetch(`${api.url}/v1/jobs/pruning`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key },
      body: JSON.stringify({ crossValidationId }),
    });
    expect(response.status, await response.clone().text()).toBe(202);
    return ((await response.json()) as { id: string }).id;
  };
  const key = randomUUID();
  const id = await send(key);
  if (chaos.below(5) === 0) expect(await send(key)).toBe(id);
  return id;
}

it("an accepted job is never lost, whatever becomes of Redis", async (context) => {
  const chaos = chaosOf(context);
  const accepted: string[] = [];
  const blows = { killed: 0, restarted: 0, emptied: 0 };
  for (let n = 0; n < BLOWS; n++) {
    const kind = chaos.pick(["killed", "restarted", "emptied"] as const);
    const fallsAt = accepted.length + chaos.below(POSTS_A_BLOW);
    const end = accepted.length + POSTS_A_BLOW;
    let open = POSTS_A_BLOW;
    let blow: Promise<void> | undefined;
    const poster = async () => {
      while (open > 0) {
        open -= 1;
        accepted.push(await post(chaos));
        if (accepted.length > fallsAt) blow ??= BLOW[kind](chaos);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, poster));
    expect(accepted).toHaveLength(end);
    await blow;
    blows[kind] += 1;
    chaos.tell({ accepted: accepted.length, ...blows });
  }

  const states = async () => {
    const { rows } = await poolOf(fixture.store).query<{
      id: string;
      state: "queued";
      ends: number;
    }>(
      `SELECT id, state, (SELECT count(*)::int FROM job_events e WHERE e.job_id = j.id
         AND e.type = 'state' AND e.data->>'state' = 'succeeded') AS ends
       FROM jobs j WHERE kind = 'pruning'`,
    );
    return rows;
  };
  await eventually(
    "the end of every job",
    async () => (await states()).every(({ state }) => isTerminal(state)),
    600_000,
  );
  const jobs = await states();
  const known = new Set(jobs.map(({ id }) => id));
  const lost = accepted.filter((id) => !known.has(id)).length;
  const unfinished = jobs.filter(({ ends }) => ends === 0).length;
  const endedTwice = jobs.filter(({ ends }) => ends > 1).length;
  const doubled = jobs.length - new Set(accepted).size + endedTwice;
  const { rows: results } = await poolOf(fixture.store).query(
    "SELECT flagged, count(*)::int AS prunings FROM prunings GROUP BY flagged",
  );
  const { rows: flags } = await poolOf(fixture.store).query(
    `SELECT DISTINCT count(f.rank)::int AS flags FROM prunings p
     LEFT JOIN flags f ON f.pruning_key = p.key GROUP BY p.key`,
  );
  chaos.tell({ lost, doubled, unfinished });
  expect({ lost, doubled, unfinished }).toEqual({ lost: 0, doubled: 0, unfinished: 0 });
  // The same work a thousand times: the same result a thousand times.
  expect(results).toEqual([{ flagged: expect.any(Number), prunings: accepted.length }]);
  expect(flags).toEqual([{ flags: results[0].flagged }]);
});
