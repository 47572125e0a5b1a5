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

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const ENDLESS = { training: { epochs: 100, batchSize: 1 }, folds: 2 };

let fixture: Awaited<ReturnType<typeof openKillableFixture>>;
let jobId: string;

beforeAll(async () => {
  fixture = await openKillableFixture();
  const worker = await fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  const ingest = await succeeded(fixture.store, await postIngest(fixture, makeCsv(120)), 300_000);
  jobId = await postTraining(fixture.store, ingest.datasetId as string, ENDLESS);
  await worker.stop();
});

afterAll(async () => {
  await fixture.close();
});

/** A worker that trains a fold and has lost Postgres. */
async function startStranded() {
  const worker = await fixture.startWorker({ SHUTDOWN_GRACE_MS: "4000", TRAINER_CONCURRENCY: "1" });
  await eventually("a fold to train", async () =>
    (await jobOf(fixture.store, jobId)).tasks.some(
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
    (await jobOf(fixture.store, jobId)).tasks.some(
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
