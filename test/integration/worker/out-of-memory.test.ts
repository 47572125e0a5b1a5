import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ended, makeCsv, postIngest, succeeded } from "../../support/jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const FULL = fileURLToPath(new URL("../../support/full-worker.cjs", import.meta.url));
/** A process that fills its heap on a busy machine is blocked for longer than a quick worker may be. */
const PATIENT = {
  LOCK_DURATION_MS: "60000",
  STALE_AFTER_MS: "15000",
  RECONCILE_STALE_MS: "15000",
};
/** A small heap is full in a moment. */
const POISONED = {
  ...PATIENT,
  NODE_OPTIONS: `--max-old-space-size=300 --require ${FULL}`,
  WORKER_ROLES: "cpu",
};

let fixture: WorkerFixture;

beforeAll(async () => {
  fixture = await openWorkerFixture();
});

afterAll(async () => {
  await fixture?.close();
});

it("a task that fills its worker's memory fails after its second start", async () => {
  const orchestrator = await fixture.startWorker({ ...PATIENT, WORKER_ROLES: "orchestrator" });
  // The name of the dataset is what the poison knows its task by.
  const jobId = await postIngest(fixture, makeCsv(50), { name: "fill the memory" });
  for (let starts = 1; starts <= 2; starts += 1) {
    const worker = await fixture.startWorker(POISONED);
    await once(worker.child, "exit");
    expect(worker.child.exitCode ?? worker.child.signalCode).not.toBe(0);
    expect(readdirSync(join(fixture.storageDir, "memory"))).toHaveLength(starts);
  }
  // The one that finds it is not ended by it.
  const worker = await fixture.startWorker({ ...PATIENT, WORKER_ROLES: "cpu" });
  const job = await ended(fixture.store, jobId);
  expect(job).toMatchObject({ state: "failed", error: { code: "out-of-memory" } });
  expect(job.error?.detail).toContain("started 2 times, and filled the memory of its worker");
  await succeeded(fixture.store, await postIngest(fixture, makeCsv(50)));
  expect(await worker.stop()).toBe(0);
  expect(readdirSync(join(fixture.storageDir, "memory"))).toHaveLength(2);
  await orchestrator.stop();
});
