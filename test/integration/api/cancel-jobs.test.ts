import type { Job } from "@winnow/contracts";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeEach, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import { mustClaim, queueIngest, queueTraining, seedDataset } from "../../support/seed-data.js";

let api: TestApi;

beforeEach(async () => {
  await api?.close();
  api = await openTestApi();
});
afterAll(() => api.close());

const cancel = (body: object, query = "") =>
  api.app.inject({ method: "POST", url: `/v1/jobs/cancel${query}`, payload: body });
const stateOf = async (jobId: string) =>
  (await api.app.inject(`/v1/jobs/${jobId}`)).json<Job>().state;
const statesOf = (jobs: readonly { jobId: string }[]) =>
  Promise.all(jobs.map(({ jobId }) => stateOf(jobId)));

it("cancels what fits the filter and nothing else, and says how many", async () => {
  const datasetId = await seedDataset(api.store);
  const other = await queueTraining(api.store, await seedDataset(api.store));
  const queued = [
    await queueTraining(api.store, datasetId),
    await queueTraining(api.store, datasetId),
  ];
  const running = await queueTraining(api.store, datasetId);
  await mustClaim(api.store, running.jobId, 0);
  const ingest = await queueIngest(api.store);

  const counted = await cancel({ datasetId, kind: "fold-training" }, "?validateOnly=true");
  expect(counted.json()).toEqual({
    matched: 3,
    cancelled: 0,
    cancelling: 0,
    ended: 0,
    remaining: 3,
  });
  expect(await statesOf([...queued, running])).toEqual(["queued", "queued", "running"]);

  const answer = await cancel({ datasetId, kind: "fold-training" });
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toEqual({
    matched: 3,
    cancelled: 2,
    cancelling: 1,
    ended: 0,
    remaining: 0,
  });
  expect(await statesOf([...queued, running])).toEqual(["cancelled", "cancelled", "cancelling"]);
  expect(await statesOf([other, { jobId: ingest }])).toEqual(["queued", "queued"]);
  const again = await cancel({ datasetId, kind: "fold-training" });
  expect(again.json()).toEqual({ matched: 0, cancelled: 0, cancelling: 0, ended: 0, remaining: 0 });

  const { rows } = await poolOf(api.store).query(
    "SELECT resource, outcome FROM audit_entries WHERE action = 'cancelJobs' ORDER BY resource",
  );
  expect(rows.filter((row) => row.resource !== null)).toEqual(
    [...queued, running].map(({ jobId }) => ({ resource: jobId, outcome: "ok" })),
  );
});

it("filters by state, cross-validation and time", async () => {
  const datasetId = await seedDataset(api.store);
  const [first, second, third] = [
    await queueTraining(api.store, datasetId),
    await queueTraining(api.store, datasetId),
    await queueTraining(api.store, datasetId),
  ];
  await mustClaim(api.store, first!.jobId, 0);
  const { crossValidationId } = second!;
  expect((await cancel({ crossValidationId })).json()).toMatchObject({ matched: 1, cancelled: 1 });
  await poolOf(api.store).query("UPDATE jobs SET created_at = '2026-01-01' WHERE id = $1", [
    third!.jobId,
  ]);
  const before = { createdBefore: "2026-01-02T00:00:00Z" };
  expect((await cancel({ ...before, state: "running" })).json()).toMatchObject({ matched: 0 });
  expect((await cancel(before)).json()).toMatchObject({ matched: 1, cancelled: 1 });
  expect((await cancel({ state: "running" })).json()).toMatchObject({ matched: 1, cancelling: 1 });
  expect(await statesOf([first!, second!, third!])).toEqual([
    "cancelling",
    "cancelled",
    "cancelled",
  ]);
});

it("takes 1,000 jobs a call, and says how many remain", async () => {
  const template = await queueIngest(api.store);
  await poolOf(api.store).query(
    `INSERT INTO jobs (id, kind, state, params, progress_done, version, created_at)
     SELECT 'job_01931f5e-7c1a-7bbb-8a3e-' || lpad(to_hex(n), 12, '0'), kind, state, params, 0, 1, now()
     FROM jobs, generate_series(1, 1004) AS n WHERE id = $1`,
    [template],
  );
  const body = { kind: "dataset-ingest" };
  expect((await cancel(body)).json()).toMatchObject({
    matched: 1005,
    cancelled: 1000,
    remaining: 5,
  });
  expect((await cancel(body)).json()).toMatchObject({ matched: 5, cancelled: 5, remaining: 0 });
}, 240_000);

it("refuses an empty filter, ended states, and what is no filter", async () => {
  const jobId = await queueIngest(api.store);
  for (const body of [
    {},
    { state: "succeeded" },
    { kind: "training" },
    { datasetId: "ds" },
    { all: true },
  ]) {
    expectProblem(await cancel(body), "validation-failed");
  }
  expectProblem(await cancel({ kind: "pruning" }, "?validateOnly=yes"), "validation-failed");
  expect((await cancel({ datasetId: id("ds") })).json()).toMatchObject({ matched: 0 });
  expect(await stateOf(jobId)).toBe("queued");
});
