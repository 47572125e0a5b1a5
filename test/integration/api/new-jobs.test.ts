import type { Job, JobKind } from "@winnow/contracts";
import { requestCancel, writeFold } from "@winnow/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import {
  FOLD_METRICS,
  mustClaim,
  predictionsFor,
  queueIngest,
  queueTraining,
  seedDataset,
} from "../../support/seed-data.js";

const ROWS = 60;
const CLASSES = 3;
let api: TestApi;

beforeAll(async () => {
  api = await openTestApi();
});
afterAll(() => api.close());

const post = (url: string, payload?: object, key?: string) =>
  api.app.inject({
    method: "POST",
    url,
    ...(payload ? { payload } : {}),
    headers: key === undefined ? {} : { "idempotency-key": key },
  });
const jobOf = async (jobId: string) => (await api.app.inject(`/v1/jobs/${jobId}`)).json<Job>();
const upload = async (payload: string) =>
  (await api.app.inject({ method: "POST", url: "/v1/uploads", payload })).json().id as string;

describe("a probability import", () => {
  it("is queued with a cross-validation of its own", async () => {
    const datasetId = await seedDataset(api.store, ROWS, CLASSES);
    const probabilitiesUploadId = await upload("npy");
    const foldsUploadId = await upload("folds");
    const pruning = { method: "both" };
    const answer = await post("/v1/jobs/probability-import", {
      datasetId,
      probabilitiesUploadId,
      foldsUploadId,
      pruning,
    });
    expect(answer.statusCode).toBe(202);
    const job = answer.json<Job>();
    expect(job).toMatchObject({
      kind: "probability-import" satisfies JobKind,
      state: "queued",
      datasetId,
      tasks: [{ fold: null }],
      params: { probabilitiesUploadId, foldsUploadId, pruning },
    });
    expect(answer.headers.location).toBe(`/v1/jobs/${job.id}`);
    const run = await api.app.inject(`/v1/cross-validations/${job.crossValidationId}`);
    expect(run.json()).toMatchObject({
      state: "training",
      jobId: job.id,
      rows: ROWS,
      classes: CLASSES,
    });
  });

  it("needs a ready dataset and whole uploads", async () => {
    const datasetId = await seedDataset(api.store, ROWS, CLASSES);
    const probabilitiesUploadId = await upload("npy");
    const begun = await api.app.inject({
      method: "POST",
      url: "/v1/uploads",
      headers: { "upload-length": "10" },
    });
    const foldsUploadId = begun.json().id as string;
    const url = "/v1/jobs/probability-import";
    const body = { datasetId, probabilitiesUploadId };
    expectProblem(await post(url, { ...body, foldsUploadId }), "upload-incomplete");
    expectProblem(await post(url, { ...body, datasetId: id("ds") }), "dataset-not-found");
    const one = await seedDataset(api.store, 5, 1);
    expectProblem(await post(url, { ...body, datasetId: one }), "single-class");
  });
});

describe("the classes of a probability import", () => {
  const url = "/v1/jobs/probability-import";

  it("are a list of all names or an upload", async () => {
    const datasetId = await seedDataset(api.store, ROWS, CLASSES);
    const body = { datasetId, probabilitiesUploadId: await upload("npy") };
    const classes = ["class-1", "class-2", "class-0"];
    for (const given of [classes, await upload(classes.join("\n"))]) {
      const answer = await post(url, { ...body, classes: given, force: true });
      expect(answer.statusCode).toBe(202);
      expect(answer.json<Job>().params).toMatchObject({ classes: given, force: true });
    }
    expectProblem(await post(url, { ...body, classes: id("up") }), "upload-not-found");
    expectProblem(await post(url, { ...body, classes: "class-1" }), "validation-failed");
  });

  it("are refused with every name that does not fit, also where the job is only checked", async () => {
    const datasetId = await seedDataset(api.store, ROWS, CLASSES);
    const body = { datasetId, probabilitiesUploadId: await upload("npy") };
    const classes = ["class-1", "class-1", "CLASS-2", "else"];
    for (const path of [url, `${url}?validateOnly=true`]) {
      const problem = expectProblem(await post(path, { ...body, classes }), "classes-mismatch");
      expect(problem.errors).toEqual([
        { pointer: "/classes", detail: '2 missing: "class-0", "class-2".' },
        { pointer: "/classes", detail: '2 unknown: "CLASS-2" (the class is "class-2"), "else".' },
        { pointer: "/classes", detail: '1 repeated: "class-1".' },
      ]);
    }
  });
});

describe("a retry", () => {
  it("creates a new job that keeps the finished folds", async () => {
    const datasetId = await seedDataset(api.store, ROWS, CLASSES);
    const { jobId, crossValidationId } = await queueTraining(api.store, datasetId, { folds: 3 });
    const held = await mustClaim(api.store, jobId, 1);
    await writeFold(api.store, held, predictionsFor(1, 3, ROWS, CLASSES), FOLD_METRICS);
    await requestCancel(api.store, jobId);
    expect((await jobOf(jobId)).state).toBe("cancelled");

    const answer = await post(`/v1/jobs/${jobId}/retry`);
    expect(answer.statusCode).toBe(202);
    const retry = answer.json<Job>();
    expect(retry).toMatchObject({
      kind: "fold-training",
      state: "queued",
      retryOf: jobId,
      crossValidationId,
      tasks: [
        { fold: 0, state: "queued" },
        { fold: 1, state: "succeeded" },
        { fold: 2, state: "queued" },
      ],
    });
    expect(answer.headers).toMatchObject({ location: `/v1/jobs/${retry.id}`, "retry-after": "1" });
    for (const fold of [0, 2]) {
      const claim = await mustClaim(api.store, retry.id, fold);
      await writeFold(api.store, claim, predictionsFor(fold, 3, ROWS, CLASSES), FOLD_METRICS);
    }
    expect((await jobOf(retry.id)).state).toBe("succeeded");
    const run = await api.app.inject(`/v1/cross-validations/${crossValidationId}`);
    expect(run.json()).toMatchObject({ state: "ready", jobId: retry.id });
  });

  it("of a job that has not failed is refused", async () => {
    const jobId = await queueIngest(api.store);
    expectProblem(await post(`/v1/jobs/${jobId}/retry`), "job-not-retryable");
    await mustClaim(api.store, jobId);
    expectProblem(await post(`/v1/jobs/${jobId}/retry`), "job-not-retryable");
    expectProblem(await post(`/v1/jobs/${id("job")}/retry`), "job-not-found");
  });

  it("happens once, however often it is requested, and its key belongs to its job", async () => {
    const [first, second] = [await cancelledIngest(), await cancelledIngest()];
    const answer = await post(`/v1/jobs/${first}/retry`, undefined, "again");
    const replay = await post(`/v1/jobs/${first}/retry`, undefined, "again");
    expect(replay.headers["idempotent-replayed"]).toBe("true");
    expect(replay.json()).toEqual(answer.json());
    const other = await post(`/v1/jobs/${second}/retry`, undefined, "again");
    expectProblem(other, "idempotency-key-reuse");
    expectProblem(await post(`/v1/jobs/${first}/retry`), "job-not-retryable");

    const answers = await Promise.all(
      Array.from({ length: 8 }, () => post(`/v1/jobs/${second}/retry`)),
    );
    expect(answers.filter((a) => a.statusCode === 202)).toHaveLength(1);
    for (const a of answers) if (a.statusCode !== 202) expectProblem(a, "job-not-retryable");
  });

  async function cancelledIngest() {
    const jobId = await queueIngest(api.store);
    await requestCancel(api.store, jobId);
    return jobId;
  }
});

describe("url sources", () => {
  const ingest = (url: string) => ({
    name: "a",
    source: { type: "url", url },
    format: { type: "toutiao" },
  });

  it("are refused unless they are on, and then accepted only over https", async () => {
    const off = await post("/v1/jobs/dataset-ingest", ingest("https://example.org/a.csv"));
    expectProblem(off, "not-implemented");
    const open = await openTestApi({ config: { urlSources: true } });
    try {
      const send = (url: string) =>
        open.app.inject({ method: "POST", url: "/v1/jobs/dataset-ingest", payload: ingest(url) });
      expect((await send("https://example.org/a.csv")).statusCode).toBe(202);
      for (const url of [
        "http://example.org/a.csv",
        "ftp://example.org/a.csv",
        "file:///etc/passwd",
        "https://user:secret@example.org/a.csv",
      ]) {
        const problem = expectProblem(await send(url), "source-not-allowed");
        expect(problem.errors.map((e) => e.pointer)).toEqual(["/source/url"]);
      }
    } finally {
      await open.close();
    }
  });
});
