import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { freePort } from "../../support/free-port.js";
import { makeCsv, postIngest, succeeded } from "../../support/jobs.js";
import { valuesOf } from "../../support/prometheus.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

let fixture: WorkerFixture;

beforeAll(async () => {
  fixture = await openWorkerFixture();
});
afterAll(() => fixture.close());

it("a worker counts its tasks by kind and end, and the orchestrator the queues", async () => {
  const port = await freePort();
  await fixture.startWorker({
    WORKER_ROLES: "cpu,orchestrator",
    HEALTH_HOST: "127.0.0.1",
    HEALTH_PORT: String(port),
  });
  await succeeded(fixture.store, await postIngest(fixture, makeCsv(60)));
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(answer.status).toBe(200);
  const values = valuesOf(await answer.text());
  const name = "winnow_task_duration_seconds_count";
  expect(values.get(`${name}{kind="dataset-ingest",end="succeeded"}`)).toBe(1);
  expect(values.get('winnow_tasks_running{kind="dataset-ingest"}')).toBe(0);
  expect(values.get("winnow_redis_up")).toBe(1);
  expect(values.get('winnow_queue_entries{queue="dataset-ingest",state="wait"}')).toBe(0);
  expect(values.get('winnow_queue_entries{queue="fold-training",state="wait"}')).toBe(0);
  expect(values.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
});
