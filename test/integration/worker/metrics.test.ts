import { createServer } from "node:net";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { id, openTestApi, type TestApi } from "../../support/api.js";
import { makeCsv, postIngest, succeeded } from "../../support/jobs.js";
import { mustClaim, queueIngest, queueTraining, seedDataset } from "../../support/seed-data.js";
import { type Bench, openBench } from "../../support/worker-process.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let api: TestApi;
let bench: Bench;

beforeAll(async () => {
  [api, bench] = await Promise.all([openTestApi({ app: { processMetrics: true } }), openBench()]);
});
afterAll(async () => {
  await Promise.all([api.close(), bench.close()]);
});

/** The samples as Prometheus reads them: `name{labels}` -> value. */
function valuesOf(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

it("the API counts requests by route, open jobs and tasks, and the outbox", async () => {
  const datasetId = await seedDataset(api.store);
  await queueTraining(api.store, datasetId, { folds: 3 });
  await mustClaim(api.store, await queueIngest(api.store));
  await api.app.inject(`/v1/datasets/${datasetId}`);
  await api.app.inject(`/v1/datasets/${id("ds")}`);
  const answer = await api.app.inject("/metrics");
  expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  const values = valuesOf(answer.body);
  const requests = (status: number) =>
    values.get(
      `winnow_http_request_duration_seconds_count{method="GET",route="/v1/datasets/:id",status="${status}"}`,
    );
  expect([requests(200), requests(404)]).toEqual([1, 1]);
  expect(values.get('winnow_jobs{kind="fold-training",state="queued"}')).toBe(1);
  expect(values.get('winnow_jobs{kind="dataset-ingest",state="running"}')).toBe(1);
  expect(values.get('winnow_tasks{kind="fold-training",state="queued"}')).toBe(3);
  expect(
    values.get('winnow_oldest_task_seconds{kind="fold-training",state="queued"}'),
  ).toBeGreaterThan(0);
  // Of the seeded dataset, the three folds, the running ingest: no relay has moved them.
  expect(values.get("winnow_outbox_due")).toBe(5);
  expect(values.get("winnow_postgres_up")).toBe(1);
  expect(values.get("winnow_event_streams")).toBe(0);
  expect(values.get('winnow_postgres_connections{state="waiting"}')).toBe(0);
  expect(values.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
});

it("the API still has its own metrics when Postgres cannot be read", async () => {
  await poolOf(api.store).query("ALTER TABLE outbox RENAME TO away");
  const values = valuesOf((await api.app.inject("/metrics")).body);
  await poolOf(api.store).query("ALTER TABLE away RENAME TO outbox");
  expect(values.get("winnow_postgres_up")).toBe(0);
  expect([...values.keys()].filter((name) => name.startsWith("winnow_jobs"))).toEqual([]);
  expect(values.get("winnow_event_streams")).toBe(0);
});

it("a worker counts its tasks by kind and end, and the orchestrator the queues", async () => {
  const port = await freePort();
  await bench.startWorker({
    WORKER_ROLES: "cpu,orchestrator",
    HEALTH_HOST: "127.0.0.1",
    HEALTH_PORT: String(port),
  });
  await succeeded(bench.store, await postIngest(bench, makeCsv(60)));
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

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
