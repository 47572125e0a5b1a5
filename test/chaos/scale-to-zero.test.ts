import { poolOf } from "@winnow/store/testing";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { eventually, jobOf } from "../support/jobs.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";
import { type DatasetFixture, openDatasetFixture } from "./training-fixture.js";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

const LIMIT_SECONDS = scaled({ full: 120, short: 12 });
/** The settings of a real installation; in the short set they are about a tenth. */
const WAITS = scaled<Record<string, string>>({
  full: {},
  short: {
    LOCK_DURATION_MS: "6000",
    STALLED_INTERVAL_MS: "3000",
    STALE_AFTER_MS: "2000",
    RECONCILE_INTERVAL_MS: "2000",
    RECONCILE_STALE_MS: "6000",
  },
});

let fixture: DatasetFixture;

beforeAll(async () => {
  fixture = await openDatasetFixture();
});

afterAll(async () => {
  await fixture.close();
});

it("scale to zero: the orchestrator alone queues the folds of the last trainer again", async (context) => {
  const chaos = chaosOf(context);
  const start = (role: string) => fixture.startPatientWorker({ WORKER_ROLES: role, ...WAITS });
  const orchestrator = await start("orchestrator");
  const trainer = await start("trainer");
  const jobId = await fixture.postEndless();
  await eventually("a fold to train", async () =>
    (await jobOf(fixture.store, jobId)).tasks.some(
      ({ state, step }) => state === "running" && step,
    ),
  );
  await chaos.moment(0, 2_000);
  await trainer.kill();
  const killedAt = performance.now();
  const redis = new Redis(fixture.redisUrl);
  try {
    await eventually(
      "both folds to wait in Redis, where a scaler counts them",
      async () => {
        const waiting = await redis.lrange(`${fixture.prefix}:fold-training:wait`, 0, -1);
        const { rows } = await poolOf(fixture.store).query<{ entry: string }>(
          `SELECT id || '-' || delivery AS entry FROM tasks
           WHERE job_id = $1 AND state = 'queued'`,
          [jobId],
        );
        return rows.length === 2 && rows.every(({ entry }) => waiting.includes(entry));
      },
      4 * LIMIT_SECONDS * 1_000,
    );
  } finally {
    redis.disconnect();
  }
  const seconds = (performance.now() - killedAt) / 1_000;
  chaos.tell({ folds: 2, "queued again after s": seconds.toFixed(1), limit: LIMIT_SECONDS });
  expect(seconds).toBeLessThan(LIMIT_SECONDS);
  // And a new trainer takes them at once.
  const next = await start("trainer");
  await eventually("a fold to train again", async () =>
    (await jobOf(fixture.store, jobId)).tasks.some(
      ({ state, attempt }) => state === "running" && attempt > 1,
    ),
  );
  await next.stop();
  await orchestrator.stop();
});
