import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { id, openTestApi, type TestApi } from "../../support/api.js";
import { valuesOf } from "../../support/prometheus.js";
import { mustClaim, queueIngest, queueTraining, seedDataset } from "../../support/seed-data.js";

let api: TestApi;

beforeAll(async () => {
  api = await openTestApi({ app: { processMetrics: true } });
});
afterAll(() => api.close());

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

const OF_POSTGRES = /^winnow_(jobs|tasks|oldest_task_seconds|outbox_\w+)\b/;

it("a table that cannot be read takes away its own metrics and no others", async () => {
  await poolOf(api.store).query("ALTER TABLE outbox RENAME TO away");
  const values = valuesOf((await api.app.inject("/metrics")).body);
  await poolOf(api.store).query("ALTER TABLE away RENAME TO outbox");
  expect(values.get("winnow_postgres_up")).toBe(0);
  expect(values.get('winnow_jobs{kind="fold-training",state="queued"}')).toBe(1);
  expect([...values.keys()].filter((name) => name.startsWith("winnow_outbox"))).toEqual([]);
});

it("the API still has its own metrics when Postgres cannot be read", async () => {
  const query = poolOf(api.store).query.bind(poolOf(api.store));
  poolOf(api.store).query = (async () => {
    throw new Error("the database is away");
  }) as unknown as typeof query;
  const values = valuesOf((await api.app.inject("/metrics")).body);
  poolOf(api.store).query = query;
  expect(values.get("winnow_postgres_up")).toBe(0);
  expect([...values.keys()].filter((name) => OF_POSTGRES.test(name))).toEqual([]);
  expect(values.get("winnow_event_streams")).toBe(0);
  const after = valuesOf((await api.app.inject("/metrics")).body);
  expect([...after.keys()].filter((name) => OF_POSTGRES.test(name))).toHaveLength(8);
});
