import { setTimeout as sleep } from "node:timers/promises";
import { requestCancel } from "@winnow/store";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import {
  eventually,
  jobOf,
  makeCsv,
  postIngest,
  postTraining,
  succeeded,
} from "../../support/jobs.js";
import { childrenOf, isAlive, openKillableFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const ENDLESS = { training: { epochs: 100, batchSize: 1 }, folds: 2 };

let fixture: Awaited<ReturnType<typeof openKillableFixture>>;
let datasetId: string;
let jobId: string | undefined;

beforeAll(async () => {
  fixture = await openKillableFixture();
  const worker = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const ingest = await succeeded(fixture.store, await postIngest(fixture, makeCsv(120)), 300_000);
  datasetId = ingest.datasetId as string;
  await worker.stop();
});

afterAll(async () => {
  await fixture.close();
});

/** Its first batch alone takes many seconds, in which the child hears no signal. */
const HEAVY = {
  folds: 2,
  model: {
    preset: { hiddenSize: 1024, embeddingSize: 128, layers: 24, heads: 16, intermediateSize: 4096 },
    maxLength: 128,
  },
  training: { epochs: 1, batchSize: 64 },
};
const GRACE_MS = 60_000;

it("a fold that is still being prepared has nothing to save: the worker ends without its grace", async () => {
  const heavy = await postTraining(fixture.store, datasetId, HEAVY);
  const worker = await fixture.startWorker({
    SHUTDOWN_GRACE_MS: String(GRACE_MS),
    WORKER_ROLES: "trainer,orchestrator",
    TRAINER_CONCURRENCY: "1",
  });
  await eventually("a fold to be prepared", async () => {
    return (await jobOf(fixture.store, heavy)).phase === "preparing";
  });
  await sleep(2_000);
  expect((await jobOf(fixture.store, heavy)).phase).toBe("preparing");
  const startedAt = performance.now();
  expect(await worker.stop()).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(GRACE_MS / 4);
  const { tasks } = await jobOf(fixture.store, heavy);
  expect(tasks.map(({ state }) => state)).toEqual(["queued", "queued"]);
  await requestCancel(fixture.store, heavy);
});

/** A worker that trains a fold and has lost Postgres. */
async function startStranded() {
  jobId ??= await postTraining(fixture.store, datasetId, ENDLESS);
  const worker = await fixture.startWorker({ SHUTDOWN_GRACE_MS: "4000", TRAINER_CONCURRENCY: "1" });
  await eventually("a fold to train", async () =>
    (await jobOf(fixture.store, jobId!)).tasks.some(
      ({ state, step }) => state === "running" && step,
    ),
  );
  await fixture.services.postgres.kill();
  return { worker, children: childrenOf(worker) };
}

it("without Postgres the shutdown deadline ends the worker with 3, and its children; others take over", async () => {
  const { worker, children } = await startStranded();
  expect(children).toHaveLength(1);
  expect(await worker.stop()).toBe(3);
  expect(worker.output()).toContain("the shutdown deadline has passed");
  await eventually("the child to end", async () => !children.some(isAlive), 5_000);
  await fixture.services.postgres.start();
  const next = await fixture.startWorker();
  await eventually("the fold to continue", async () =>
    (await jobOf(fixture.store, jobId!)).tasks.some(
      ({ state, attempt }) => state === "running" && attempt > 1,
    ),
  );
  expect(await next.stop()).toBe(0);
});

it("a second signal ends the worker at once, with 4", async () => {
  const { worker, children } = await startStranded();
  worker.child.kill("SIGTERM");
  await eventually("the first signal to be heard", async () =>
    worker.output().includes("the worker stops"),
  );
  expect(await worker.stop()).toBe(4);
  await eventually("the child to end", async () => !children.some(isAlive), 5_000);
  await fixture.services.postgres.start();
});
