import { prefixOf } from "@winnow/redis";
import { newId, readNamespace } from "@winnow/store";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { eventually, makeCsv, postIngest, succeeded } from "../../support/jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 540_000 });

const JOBS = 30;
const ROLES = { WORKER_ROLES: "cpu,orchestrator", CPU_CONCURRENCY: "4" };
/** The default prefix, as two deployments have it that nobody told of each other. */
const SHARED = { ...ROLES, QUEUE_PREFIX: "{winnow}" };

const fixtures: WorkerFixture[] = [];

beforeAll(async () => {
  // Both databases are copies of one template, so only what is theirs alone tells them apart.
  fixtures.push(await openWorkerFixture(), await openWorkerFixture());
});

afterAll(async () => {
  for (const fixture of fixtures) await fixture.close();
});

it("two deployments on one Redis with the same prefix end all of their jobs", async () => {
  const [one, two] = fixtures as [WorkerFixture, WorkerFixture];
  expect(one.redisUrl).toBe(two.redisUrl);
  expect(await readNamespace(one.store)).not.toBe(await readNamespace(two.store));
  const workers = await Promise.all(fixtures.map((fixture) => fixture.startWorker(SHARED)));
  const posted = await Promise.all(
    fixtures.flatMap((fixture) =>
      Array.from({ length: JOBS }, async () => ({
        store: fixture.store,
        id: await postIngest(fixture, makeCsv(30)),
      })),
    ),
  );
  await Promise.all(posted.map(({ store, id }) => succeeded(store, id)));
  // No entry went to the wrong worker and came back by the reconciler.
  for (const worker of workers) expect(worker.output()).not.toContain("queued again");
  await Promise.all(workers.map((worker) => worker.stop()));
});

it("an entry of a task that the database does not have is a warning", async () => {
  const [fixture] = fixtures as [WorkerFixture];
  const worker = await fixture.startWorker(SHARED);
  const connection = new Redis(fixture.redisUrl, { maxRetriesPerRequest: null });
  const prefix = prefixOf("{winnow}", await readNamespace(fixture.store));
  const queue = new Queue("dataset-ingest", { connection, prefix });
  const taskId = newId("task");
  await queue.add("dataset-ingest", { jobId: newId("job"), taskId, delivery: 1 });
  await queue.add("dataset-ingest", { some: "thing else" });
  await eventually("both warnings", () => {
    const output = worker.output();
    return output.includes(taskId) && output.includes("none of ours") && output;
  });
  expect(worker.output()).toContain("names a task that the database does not have");
  await queue.close();
  connection.disconnect();
});
