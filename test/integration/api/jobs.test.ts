import type { Job } from "@winnow/contracts";
import { readJob, requestCancel, writeDataset } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import {
  batchesOf,
  makeSamples,
  mustClaim,
  queueIngest,
  seedCrossValidation,
  seedDataset,
} from "../../support/seed-data.js";

let api: TestApi;

beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api.close());

const post = (url: string, payload: object, key?: string) =>
  api.app.inject({
    method: "POST",
    url,
    payload,
    headers: key === undefined ? {} : { "idempotency-key": key },
  });
const get = (url: string, headers: Record<string, string> = {}) => api.app.inject({ url, headers });
const countOf = async (table: string) =>
  Number((await poolOf(api.store).query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n);

describe("an accepted job", () => {
  it("is returned complete, with the URL to poll and when", async () => {
    const datasetId = await seedDataset(api.store);
    const answer = await post("/v1/jobs/fold-training", { datasetId, folds: 3, seed: 7 });
    expect(answer.statusCode).toBe(202);
    const job = answer.json<Job>();
    expect(job).toMatchObject({
      kind: "fold-training",
      state: "queued",
      seed: 7,
      datasetId,
      tasks: [{ fold: 0 }, { fold: 1 }, { fold: 2 }],
      params: { folds: 3, backend: "auto", model: { preset: "albert-tiny" } },
    });
    expect(answer.headers).toMatchObject({
      location: `/v1/jobs/${job.id}`,
      "retry-after": "1",
      "content-type": "application/json; charset=utf-8",
    });
    expect((await get(job.links.self)).json()).toEqual(job);
    expect((await get(`/v1/cross-validations/${job.crossValidationId}`)).json()).toMatchObject({
      state: "training",
      folds: 3,
      seed: 7,
      jobId: job.id,
    });
    const outbox = await poolOf(api.store).query(
      "SELECT 1 FROM outbox o JOIN tasks t ON t.id = o.task_id WHERE t.job_id = $1",
      [job.id],
    );
    expect(outbox.rowCount).toBe(3);
  });

  it("lists its events in order, page by page", async () => {
    const jobId = await queueIngest(api.store);
    const held = await mustClaim(api.store, jobId);
    await writeDataset(api.store, held, batchesOf(makeSamples(3, 2), 2));
    const states: unknown[] = [];
    let after = "";
    for (let page = 0; page < 3; page++) {
      const url = `/v1/jobs/${jobId}/events?limit=1${after && `&after=${after}`}`;
      const body = (await get(url)).json();
      states.push(...body.data.map((e: { data: { state: string } }) => e.data.state));
      expect(body.hasMore).toBe(page < 2);
      after = body.nextCursor;
    }
    expect(states).toEqual(["queued", "running", "succeeded"]);
    expect((await get(`/v1/jobs/${jobId}/events?after=${after}`)).json()).toEqual({
      data: [],
      hasMore: false,
      nextCursor: after,
    });
  });

  it("is cancelled at once when queued, later when running, and only once", async () => {
    const queued = await queueIngest(api.store);
    const cancelled = await api.app.inject({ method: "POST", url: `/v1/jobs/${queued}/cancel` });
    expect([cancelled.statusCode, cancelled.json<Job>().state]).toEqual([202, "cancelled"]);
    const again = await api.app.inject({ method: "POST", url: `/v1/jobs/${queued}/cancel` });
    expect([again.statusCode, again.json<Job>().state]).toEqual([200, "cancelled"]);

    const running = await queueIngest(api.store);
    await mustClaim(api.store, running);
    const asked = await api.app.inject({
      method: "POST",
      url: `/v1/jobs/${running}/cancel`,
      headers: { "content-type": "application/json" },
    });
    expect([asked.statusCode, asked.json<Job>().state]).toEqual([202, "cancelling"]);
    expect(asked.headers["retry-after"]).toBe("1");
  });
});

describe("polling", () => {
  it("an unchanged job is a 304, a changed one is not", async () => {
    const jobId = await queueIngest(api.store);
    const first = await get(`/v1/jobs/${jobId}`);
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^W\/"\d+"$/);
    expect(first.headers["retry-after"]).toBe("1");
    const same = await get(`/v1/jobs/${jobId}`, { "if-none-match": etag });
    expect([same.statusCode, same.body, same.headers.etag]).toEqual([304, "", etag]);
    await requestCancel(api.store, jobId);
    const changed = await get(`/v1/jobs/${jobId}`, { "if-none-match": etag });
    expect(changed.statusCode).toBe(200);
    expect(changed.headers["retry-after"]).toBeUndefined();
  });

  it("`wait` answers when the state changes, and soon", async () => {
    const jobId = await queueIngest(api.store);
    const began = performance.now();
    const waiting = get(`/v1/jobs/${jobId}?wait=20`);
    setTimeout(() => void mustClaim(api.store, jobId), 400);
    expect((await waiting).json<Job>().state).toBe("running");
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThan(390);
    expect(tookMs).toBeLessThan(5_000);
  });

  it("`wait` with a known version is a 304 when nothing came", async () => {
    const jobId = await queueIngest(api.store);
    const { headers } = await get(`/v1/jobs/${jobId}`);
    const etag = String(headers.etag);
    const began = performance.now();
    const answer = await get(`/v1/jobs/${jobId}?wait=1`, { "if-none-match": etag });
    expect(answer.statusCode).toBe(304);
    expect(performance.now() - began).toBeGreaterThan(990);
  });

  it("`wait` does not hold a job that has ended", async () => {
    const jobId = await queueIngest(api.store);
    await requestCancel(api.store, jobId);
    const began = performance.now();
    expect((await get(`/v1/jobs/${jobId}?wait=20`)).json<Job>().state).toBe("cancelled");
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("ends when the client disconnects", async () => {
    const url = await api.listen();
    const jobId = await queueIngest(api.store);
    const leave = new AbortController();
    const waiting = fetch(`${url}/v1/jobs/${jobId}?wait=60`, { signal: leave.signal });
    setTimeout(() => leave.abort(), 300);
    await expect(waiting).rejects.toThrow("aborted");
    await new Promise((resolve) => setTimeout(resolve, 300));
    let reads = 0;
    const query = poolOf(api.store).query.bind(poolOf(api.store));
    poolOf(api.store).query = ((...args: Parameters<typeof query>) => {
      reads++;
      return query(...args);
    }) as typeof query;
    await new Promise((resolve) => setTimeout(resolve, 800));
    poolOf(api.store).query = query;
    expect(reads).toBe(0);
  });
});

describe("an idempotency key", () => {
  const ingest = (datasetId: string, seed = 1) => ({ datasetId, folds: 2, seed });
  const url = "/v1/jobs/fold-training";

  it("returns the first answer again, and creates nothing", async () => {
    const datasetId = await seedDataset(api.store);
    const first = await post(url, ingest(datasetId), "replay");
    expect(first.headers["idempotent-replayed"]).toBeUndefined();
    const jobs = await countOf("jobs");
    const reordered = { seed: 1, folds: 2, datasetId, backend: "auto" };
    const second = await post(url, reordered, "replay");
    expect(second.statusCode).toBe(202);
    expect(second.headers).toMatchObject({
      "idempotent-replayed": "true",
      location: first.headers.location,
      "retry-after": "1",
    });
    expect(second.json()).toEqual(first.json());
    expect(await countOf("jobs")).toBe(jobs);
  });

  it("is refused with another body or on another route", async () => {
    const datasetId = await seedDataset(api.store);
    expect((await post(url, ingest(datasetId), "reuse")).statusCode).toBe(202);
    const jobs = await countOf("jobs");
    expectProblem(await post(url, ingest(datasetId, 2), "reuse"), "idempotency-key-reuse");
    const { crossValidationId } = await seedCrossValidation(api.store);
    const other = await post("/v1/jobs/pruning", { crossValidationId }, "reuse");
    expectProblem(other, "idempotency-key-reuse");
    expect(await countOf("jobs")).toBe(jobs + 2); // the two of the seeded cross-validation
  });

  it("creates one job for many requests at once", async () => {
    const datasetId = await seedDataset(api.store);
    const jobs = await countOf("jobs");
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post(url, ingest(datasetId), "at once")),
    );
    for (const answer of answers) {
      if (answer.statusCode === 202) continue;
      expectProblem(answer, "idempotency-in-flight");
      expect(answer.headers["retry-after"]).toBe("1");
    }
    const made = answers.filter((a) => a.statusCode === 202);
    expect(new Set(made.map((a) => a.json<Job>().id)).size).toBe(1);
    expect(made.filter((a) => a.headers["idempotent-replayed"] === undefined)).toHaveLength(1);
    expect(await countOf("jobs")).toBe(jobs + 1);
  });

  it("does not keep refusals", async () => {
    const datasetId = await seedDataset(api.store, 3, 2);
    const body = { datasetId, folds: 4 };
    expectProblem(await post(url, body, "refused"), "folds-exceed-rows");
    expect((await post(url, { datasetId, folds: 3 }, "refused")).statusCode).toBe(202);
  });

  it("has 1 to 255 characters", async () => {
    const datasetId = await seedDataset(api.store);
    expect((await post(url, ingest(datasetId), "k".repeat(255))).statusCode).toBe(202);
    for (const key of ["k".repeat(256), ""]) {
      const { errors } = expectProblem(
        await post(url, ingest(datasetId), key),
        "validation-failed",
      );
      expect(errors.map((e) => e.pointer)).toEqual(["/headers/idempotency-key"]);
    }
  });
});

describe("the list of jobs", () => {
  it("has every job once, newest first, for any page size", async () => {
    const wanted = await poolOf(api.store).query<{ id: string }>(
      "SELECT id FROM jobs WHERE kind = 'dataset-ingest' ORDER BY id DESC",
    );
    expect(wanted.rowCount).toBeGreaterThan(5);
    for (const limit of [1, 3, 1000]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const at: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
        const page = (await get(`/v1/jobs?kind=dataset-ingest&limit=${limit}${at}`)).json();
        seen.push(...page.data.map((job: Job) => job.id));
        expect(page.hasMore).toBe(page.nextCursor !== null);
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen).toEqual(wanted.rows.map((row) => row.id));
    }
  });

  it("filters by state, kind and dataset", async () => {
    const { datasetId, jobId } = await seedCrossValidation(api.store);
    const byDataset = (await get(`/v1/jobs?datasetId=${datasetId}&kind=fold-training`)).json();
    expect(byDataset.data.map((job: Job) => job.id)).toEqual([jobId]);
    const none = (await get(`/v1/jobs?datasetId=${datasetId}&state=failed`)).json();
    expect(none).toEqual({ data: [], hasMore: false, nextCursor: null });
    expect((await get(`/v1/jobs?datasetId=${id("ds")}`)).json().data).toEqual([]);
  });
});

it("a job is read the same after its request has been answered", async () => {
  const jobId = await queueIngest(api.store);
  const { job } = await readJob(api.store, jobId);
  expect((await get(`/v1/jobs/${jobId}`)).json()).toEqual(job);
});
