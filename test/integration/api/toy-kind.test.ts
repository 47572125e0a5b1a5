import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DEFAULT_RETENTION, type Job } from "@winnow/contracts";
import { sweepOld } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { freePort } from "../../support/free-port.js";
import { makeCsv, postIngest, succeeded } from "../../support/jobs.js";
import type { NodeProcess } from "../../support/node-process.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

// A kind of job that the built programs do not have: test/support/toy-kind adds its descriptor,
// creator, handlers and POST to the four tables before API and worker start. Nothing else knows it,
// so what works here works for any kind that is added in these four places.

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

const preload = (name: string) =>
  `--import=${fileURLToPath(new URL(`../../support/toy-kind/${name}.mjs`, import.meta.url))}`;

let fixture: WorkerFixture;
let api: NodeProcess & { readonly url: string };
let metricsUrl: string;
let datasetId: string;
let failWhile: string;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  failWhile = join(fixture.storageDir, "fail");
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  await fixture.startWorker({
    WORKER_ROLES: "cpu,orchestrator",
    HEALTH_HOST: "127.0.0.1",
    HEALTH_PORT: String(port),
    NODE_OPTIONS: preload("worker"),
  });
  api = await fixture.startApi({ NODE_OPTIONS: preload("api") });
  const { datasetId: id } = await succeeded(fixture.store, await postIngest(fixture, makeCsv(60)));
  datasetId = id as string;
});
afterAll(() => fixture.close());

async function ask(method: string, path: string, body?: object) {
  const response = await fetch(`${api.url}${path}`, {
    method,
    ...(body && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

async function upload(): Promise<string> {
  const body = new Blob(["anything"]);
  const response = await fetch(`${api.url}/v1/uploads`, { method: "POST", body });
  return ((await response.json()) as { id: string }).id;
}

async function post(overrides: object = {}): Promise<Job> {
  const body = { datasetId, uploadId: await upload(), failWhile, ...overrides };
  const answer = await ask("POST", "/v1/jobs/row-count", body);
  expect(answer).toMatchObject({ status: 202, body: { kind: "row-count", state: "queued" } });
  return answer.body;
}

async function ended({ id }: Job): Promise<Job> {
  for (;;) {
    const { body } = await ask("GET", `/v1/jobs/${id}?wait=20`);
    if (["succeeded", "failed", "cancelled"].includes(body.state)) return body;
  }
}

const queuesOf = async ({ id }: Job): Promise<string[]> => {
  const { rows } = await poolOf(fixture.store).query<{ queue: string }>(
    `SELECT DISTINCT o.queue FROM outbox o JOIN tasks t ON t.id = o.task_id
     WHERE t.job_id = $1 ORDER BY 1`,
    [id],
  );
  return rows.map(({ queue }) => queue);
};

it("is POSTed, runs its tasks on their queues, and succeeds with progress and events", async () => {
  const job = await post();
  expect(job).toMatchObject({ datasetId, progress: { unit: "rows" } });
  expect(await ended(job)).toMatchObject({
    state: "succeeded",
    progress: { done: 120, total: 120, unit: "rows" },
    result: { datasetId, rows: 60 },
    tasks: [{ state: "succeeded" }, { state: "succeeded" }],
  });
  expect(await queuesOf(job)).toEqual(["row-check", "row-count"]);
  const { body } = await ask("GET", `/v1/jobs/${job.id}/events`);
  const events = (body.data as { type: string; data: { state?: string; rows?: number } }[]).map(
    ({ type, data }) => data.state ?? (type === "metric" ? data.rows : type),
  );
  for (const event of ["queued", "running", 60, "succeeded"]) expect(events).toContain(event);
  const { body: page } = await ask("GET", "/v1/jobs?kind=row-count");
  expect(page.data.map(({ id }: Job) => id)).toEqual([job.id]);
});

it("puts a task on the queue that the parameters ask for", async () => {
  const job = await post({ large: true });
  expect(await queuesOf(job)).toEqual(["row-check-large", "row-count"]);
  expect((await ended(job)).state).toBe("succeeded");
});

it("is validated, estimated and documented like any kind", async () => {
  const body = { datasetId, uploadId: await upload(), failWhile };
  expect(await ask("POST", "/v1/jobs/row-count?validateOnly=true", body)).toMatchObject({
    status: 200,
    body: { valid: true, estimate: { rows: 60, seconds: null } },
  });
  expect(await ask("POST", "/v1/jobs/row-count", { ...body, rows: 1 })).toMatchObject({
    status: 400,
    body: { code: "validation-failed" },
  });
  const gone = { ...body, uploadId: body.uploadId.replace(/.{4}$/, "0000") };
  expect((await ask("POST", "/v1/jobs/row-count", gone)).body.code).toBe("upload-not-found");
  const { paths } = (await ask("GET", "/openapi.json")).body;
  expect(paths["/v1/jobs/row-count"].post.summary).toBe("Count the rows of a dataset");
});

it("fails after its own number of attempts, and a retry does only the task that failed", async () => {
  writeFileSync(failWhile, "");
  const job = await post();
  expect(await ended(job)).toMatchObject({
    state: "failed",
    attempt: 2,
    error: { code: "internal" },
  });
  rmSync(failWhile);
  const { status, body: retry } = await ask("POST", `/v1/jobs/${job.id}/retry`);
  expect(status).toBe(202);
  expect(retry).toMatchObject({ kind: "row-count", retryOf: job.id });
  const states = (retry as Job).tasks.map(({ state }) => state);
  expect(states.sort()).toEqual(["queued", "succeeded"]);
  expect(await ended(retry)).toMatchObject({ state: "succeeded", result: { rows: 60 } });
});

it("keeps what it reads until it is cancelled", async () => {
  const job = await post({ waitMs: 600_000 });
  const uploadId = job.params.uploadId as string;
  const has = async () => (await ask("GET", `/v1/uploads/${uploadId}`)).status === 200;
  const sweep = () =>
    sweepOld(fixture.store, fixture.storageDir, { ...DEFAULT_RETENTION, uploadsUnused: 0 });
  await sweep();
  expect(await has()).toBe(true);
  expect((await ask("DELETE", `/v1/datasets/${datasetId}`)).body.code).toBe("dataset-in-use");
  expect((await ask("POST", `/v1/jobs/${job.id}/cancel`)).status).toBe(202);
  expect((await ended(job)).state).toBe("cancelled");
  await sweep();
  expect(await has()).toBe(false);
  expect((await ask("POST", `/v1/jobs/${job.id}/retry`)).body.code).toBe("upload-not-found");
});

it("is counted and timed by API and worker", async () => {
  const job = await post({ waitMs: 600_000 });
  await vi.waitFor(
    async () => {
      const text = await (await fetch(`${api.url}/metrics`)).text();
      expect(text).toContain('winnow_jobs{kind="row-count",state="running"} 1');
      expect(text).toContain('winnow_tasks{kind="row-count",state="running"} 1');
    },
    { timeout: 20_000 },
  );
  await ask("POST", `/v1/jobs/${job.id}/cancel`);
  await ended(job);
  const text = await (await fetch(metricsUrl)).text();
  expect(text).toMatch(/winnow_task_duration_seconds_count\{kind="row-check",end="queued"\} 1\n/);
  expect(text).toMatch(/winnow_task_duration_seconds_count\{kind="row-check",end="failed"\} 1\n/);
  expect(text).toContain('winnow_tasks_running{kind="row-count"} 0');
  expect(text).toContain('winnow_queue_entries{queue="row-check-large",state="wait"} 0');
});
