import type { Job } from "@winnow/contracts";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { ended, makeCsv } from "../../support/jobs.js";
import { makeKey, type TestKey } from "../../support/keys.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

const QUOTA_STORED_ROWS = "100";

let fixture: WorkerFixture;
let url: string;
let key: TestKey;
let other: TestKey;

beforeAll(async () => {
  fixture = await openWorkerFixture();
  [key, other] = await Promise.all([
    makeKey(fixture.store, "write"),
    makeKey(fixture.store, "write"),
  ]);
  const [api] = await Promise.all([
    fixture.startApi({ QUOTA_STORED_ROWS }),
    fixture.startWorker({ QUOTA_STORED_ROWS, WORKER_ROLES: "cpu,orchestrator" }),
  ]);
  url = api.url;
});
afterAll(() => fixture.close());

async function send(by: TestKey, path: string, body: string, type: string) {
  const headers = { ...by.headers, "content-type": type };
  const answer = await fetch(url + path, { method: "POST", headers, body });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const post = (by: TestKey, path: string, body: object) =>
  send(by, path, JSON.stringify(body), "application/json");

async function uploaded(by: TestKey, rows: number): Promise<string> {
  const { body } = await send(by, "/v1/uploads", makeCsv(rows), "application/octet-stream");
  return body.id as string;
}

const ingest = (by: TestKey, source: object) =>
  post(by, "/v1/jobs/dataset-ingest", { name: "rows", source });

async function job(by: TestKey, source: object): Promise<Job> {
  const { status, body } = await ingest(by, source);
  expect([status, body.code]).toEqual([202, undefined]);
  return ended(fixture.store, body.id as string);
}

const upload = async (by: TestKey, rows: number) =>
  job(by, { type: "upload", uploadId: await uploaded(by, rows) });

async function rowsOf(by: TestKey): Promise<number> {
  const { rows } = await poolOf(fixture.store).query<{ rows: number }>(
    "SELECT coalesce(sum(rows), 0)::int AS rows FROM datasets WHERE owner_id = $1",
    [by.id],
  );
  return rows[0]!.rows;
}

const REFUSED = (stored: number) => ({
  state: "failed",
  error: {
    code: "quota-exceeded",
    detail:
      `The API key has ${stored} rows of datasets; the limit is 100, and this dataset would exceed it. ` +
      "Delete datasets that are no longer needed, or let the operator raise QUOTA_STORED_ROWS.",
  },
});

it("of a file that is too long are none, after one attempt; others have their own", async () => {
  const refused = await upload(key, 101);
  expect(refused).toMatchObject(REFUSED(0));
  const { rows } = await poolOf(fixture.store).query(
    "SELECT attempt FROM tasks WHERE job_id = $1",
    [refused.id],
  );
  expect([rows, await rowsOf(key)]).toEqual([[{ attempt: 1 }], 0]);
  expect((await upload(other, 100)).state).toBe("succeeded");
});

it("count however they come: by simultaneous ingests, derived datasets and versions", async () => {
  const first = await upload(key, 40);
  expect(first.state).toBe("succeeded");
  const datasetId = first.datasetId as string;

  // Each fits alone; two of them fit together.
  const ids = await Promise.all(Array.from({ length: 4 }, () => uploaded(key, 25)));
  const jobs = await Promise.all(ids.map((uploadId) => job(key, { type: "upload", uploadId })));
  expect(jobs.map(({ state }) => state).sort()).toEqual([
    ...["failed", "failed", "succeeded", "succeeded"],
  ]);
  for (const one of jobs)
    if (one.state === "failed") expect(one.error?.code).toBe("quota-exceeded");
  expect(await rowsOf(key)).toBe(90);

  expect(await job(key, { type: "dataset", datasetId })).toMatchObject(REFUSED(90));
  const training = await post(key, "/v1/jobs/fold-training", {
    datasetId,
    folds: 2,
    model: { kind: "quick" },
  });
  const { crossValidationId } = await ended(fixture.store, training.body.id as string);
  const pruning = await post(key, "/v1/jobs/pruning", { crossValidationId });
  const { pruningId } = await ended(fixture.store, pruning.body.id as string);
  const version = await job(key, { type: "pruning", pruningId, split: "relabelled" });
  expect(version).toMatchObject(REFUSED(90));
  expect(await rowsOf(key)).toBe(90);

  expect((await upload(key, 10)).state).toBe("succeeded");
  const jobsBefore = await countJobs();
  const full = { type: "upload", uploadId: await uploaded(key, 5) };
  const refused = await ingest(key, full);
  expect([refused.status, refused.body.code]).toEqual([429, "quota-exceeded"]);
  expect(refused.body.detail).toBe(REFUSED(100).error.detail);
  expect(await countJobs()).toBe(jobsBefore);

  const deleted = await fetch(`${url}/v1/datasets/${jobs.find(succeeded)!.datasetId}`, {
    method: "DELETE",
    headers: key.headers,
  });
  expect(deleted.status).toBe(204);
  expect((await job(key, full)).state).toBe("succeeded");
  expect(await rowsOf(key)).toBe(80);
});

const succeeded = ({ state }: Job): boolean => state === "succeeded";

async function countJobs(): Promise<number> {
  const { rows } = await poolOf(fixture.store).query<{ n: number }>(
    "SELECT count(*)::int AS n FROM jobs",
  );
  return rows[0]!.n;
}
