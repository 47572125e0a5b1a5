import { writeFile } from "node:fs/promises";
import { createClient } from "@winnow/client";
import type { Job } from "@winnow/contracts";
import { poolOf } from "@winnow/store/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { freePort } from "../../support/free-port.js";
import { ended, eventually, jobOf, makeCsv, succeeded, TINY_MODEL } from "../../support/jobs.js";
import {
  pictureOf,
  type SentSpan,
  startTraceCollector,
  type TraceCollector,
} from "../../support/trace-collector.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const ROWS = 60;
const CALLER = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const callerSays = (flags: string) => `00-${CALLER.traceId}-${CALLER.spanId}-${flags}`;
/** What closing may take besides sending the last spans: the rest of a shutdown on a busy machine. */
const CLOSING_MS = 8_000;

let fixture: WorkerFixture;
let collector: TraceCollector;

beforeAll(async () => {
  [fixture, collector] = await Promise.all([openWorkerFixture(), startTraceCollector()]);
});

afterEach(() => fixture.stopAll());

afterAll(async () => {
  await fixture.close();
  await collector.close();
});

/** POSTs a job, with other headers if given; returns it as it was accepted. */
async function post(
  url: string,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Job> {
  const answer = await fetch(`${url}/v1/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  expect([answer.status, await answer.clone().text()]).toEqual([202, expect.any(String)]);
  return (await answer.json()) as Job;
}

async function ingestBody(url: string, csv = makeCsv(ROWS)) {
  const upload = await createClient(url).upload(new Blob([csv]));
  return {
    name: "secret name",
    source: { type: "upload", uploadId: upload.id },
    format: { type: "csv", idColumn: "id", trueLabelColumn: "truth" },
  };
}

const TRAINING = { folds: 2, seed: 7, model: TINY_MODEL, training: { epochs: 2 }, backend: "wasm" };

const traceParentOf = async (jobId: string): Promise<string | null> => {
  const { rows } = await poolOf(fixture.store).query<{ trace_parent: string | null }>(
    "SELECT trace_parent FROM jobs WHERE id = $1",
    [jobId],
  );
  return rows[0]!.trace_parent;
};

/** The spans of the job's trace, once all of its tasks' attempts that ended have been sent. */
async function traceOf(jobId: string, count: (spans: SentSpan[]) => boolean): Promise<SentSpan[]> {
  const traceId = (await traceParentOf(jobId))!.split("-")[1];
  const found = () => collector.spans.filter((span) => span.traceId === traceId);
  return eventually("the trace", () => count(found()) && found(), 30_000);
}

const named = (spans: readonly SentSpan[], name: string) =>
  spans.filter((span) => span.name === name);

/** Insists that the spans are one tree, whose root has the given parent. */
function expectOneTree(spans: readonly SentSpan[], above = ""): SentSpan {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const roots = spans.filter(({ parentSpanId }) => !ids.has(parentSpanId));
  expect(roots.map(({ parentSpanId }) => parentSpanId)).toEqual([above]);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  return roots[0]!;
}

describe("a traced service", () => {
  it("has one trace of a job, from the request over outbox and queue into the worker and its child", async () => {
    const worker = await fixture.startWorker(collector.env);
    const api = await fixture.startApi(collector.env);
    const job = await post(api.url, "jobs/dataset-ingest", {
      ...(await ingestBody(api.url)),
      training: { ...TRAINING, pruning: {} },
    });
    const { result } = await succeeded(fixture.store, job.id);
    const training = await succeeded(
      fixture.store,
      (result as { trainingJobId: string }).trainingJobId,
    );
    const spans = await traceOf(job.id, (all) => named(all, "task pruning").length === 1);
    expect(spans.filter(({ failed }) => failed)).toEqual([]);

    const root = expectOneTree(spans);
    expect(root).toMatchObject({
      service: "winnow-api",
      name: "POST /v1/jobs/dataset-ingest",
      attributes: { "winnow.job.id": job.id, "http.response.status_code": 202 },
    });
    const tasks = ["dataset-ingest", "fold-training", "pruning"];
    for (const task of tasks) {
      const folds = task === "fold-training" ? 2 : 1;
      for (const name of [`outbox ${task}`, `queue ${task}`, `task ${task}`]) {
        expect(named(spans, name), name).toHaveLength(folds);
        for (const span of named(spans, name)) {
          expect(span).toMatchObject({ service: "winnow-worker", parentSpanId: root.spanId });
        }
      }
    }
    const folds = named(spans, "task fold-training");
    expect(folds.map(({ attributes }) => attributes["winnow.fold"]).sort()).toEqual([0, 1]);
    expect(folds[0]!.attributes).toMatchObject({
      "winnow.job.id": training.id,
      "winnow.dataset.id": training.datasetId,
      "winnow.attempt": 1,
      "winnow.worker": expect.stringContaining(`-${worker.pid}-`),
      "winnow.end": "succeeded",
    });
    for (const fold of folds) {
      const [trainer, ...others] = spans.filter((span) => span.parentSpanId === fold.spanId);
      expect([trainer?.name, others]).toEqual(["trainer", []]);
      expect(trainer?.events).toEqual(["epoch", "epoch"]);
      const stages = spans
        .filter((span) => span.parentSpanId === trainer?.spanId)
        .sort((a, b) => a.startMs - b.startMs);
      expect(stages.map(({ name }) => name)).toEqual([
        "starting",
        "preparing",
        "training",
        "writing",
      ]);
      const pid = trainer?.attributes["process.pid"];
      expect(pid).not.toBe(worker.pid);
      for (const stage of stages) {
        expect(stage.attributes["process.pid"]).toBe(pid);
        expect(stage.startMs).toBeGreaterThanOrEqual(trainer!.startMs - 1);
        expect(stage.endMs).toBeLessThanOrEqual(trainer!.endMs + 1);
      }
    }
    const ingest = named(spans, "task dataset-ingest")[0]!;
    const stages = spans.filter((span) => span.parentSpanId === ingest.spanId);
    expect(stages.map(({ name }) => name)).toEqual(expect.arrayContaining(["reading", "writing"]));

    const logged = (output: string) =>
      output.split("\n").filter((line) => line.includes(`"trace_id":"${root.traceId}"`));
    expect(logged(api.output()).join()).toContain('"route":"/v1/jobs/dataset-ingest"');
    expect(logged(worker.output()).join()).toContain('"msg":"task succeeded"');
    // The picture in docs/how-to/traces.md.
    if (process.env.TRACE_PICTURE) await writeFile(process.env.TRACE_PICTURE, pictureOf(spans));
  });

  it("sends ids and names of stages, and no text, label, name or key", async () => {
    await fixture.startWorker(collector.env);
    const api = await fixture.startApi(collector.env);
    const csv = makeCsv(ROWS).replaceAll("class-", "label-");
    const job = await post(api.url, "jobs/dataset-ingest", await ingestBody(api.url, csv));
    await succeeded(fixture.store, job.id);
    const spans = await traceOf(job.id, (all) => named(all, "task dataset-ingest").length === 1);
    expectOneTree(spans);
    for (const secret of ["secret name", "label-", "row-1", "river", fixture.databaseUrl]) {
      expect(collector.body()).not.toContain(secret);
    }
    const keys = new Set(collector.spans.flatMap(({ attributes }) => Object.keys(attributes)));
    for (const key of keys) expect(key).toMatch(/^(winnow|http|messaging|process|error)\./);
  });

  it("goes on with the caller's trace, and with none that a header only resembles", async () => {
    await fixture.startWorker({ ...collector.env, WORKER_ROLES: "cpu,orchestrator" });
    const api = await fixture.startApi(collector.env);
    const postWith = async (traceparent: string) => {
      const body = await ingestBody(api.url);
      const job = await post(api.url, "jobs/dataset-ingest", body, { traceparent });
      await succeeded(fixture.store, job.id);
      return job.id;
    };
    const called = await postWith(callerSays("01"));
    const spans = await traceOf(called, (all) => named(all, "task dataset-ingest").length === 1);
    expect(expectOneTree(spans, CALLER.spanId).traceId).toBe(CALLER.traceId);

    for (const bad of [
      "nonsense",
      `ff-${CALLER.traceId}-${CALLER.spanId}-01`,
      `00-${"0".repeat(32)}-${CALLER.spanId}-01`,
      `00-${CALLER.traceId}-${"0".repeat(16)}-01`,
      callerSays("01").toUpperCase(),
      `${callerSays("01")}, ${callerSays("01")}`,
      `${callerSays("01")}-more`,
      `00-${CALLER.traceId}-${CALLER.spanId}'; DROP TABLE jobs--`,
    ]) {
      const ignored = await postWith(bad);
      expect(await traceParentOf(ignored), bad).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(await traceParentOf(ignored), bad).not.toContain(CALLER.traceId);
    }
    const unsampled = await postWith(callerSays("00"));
    expect(await traceParentOf(unsampled)).toMatch(new RegExp(`^00-${CALLER.traceId}-.*-00$`));
    await fixture.stopAll();
    const ids = collector.spans.map(({ attributes }) => attributes["winnow.job.id"]);
    expect(ids).toContain(called);
    expect(ids).not.toContain(unsampled);
  });

  it("marks what failed with the problem's code, and not with its message", async () => {
    await fixture.startWorker({ ...collector.env, WORKER_ROLES: "cpu,orchestrator" });
    const api = await fixture.startApi(collector.env);
    const body = await ingestBody(api.url, "id,text,label,truth\n1,secret text\n");
    const job = await post(api.url, "jobs/dataset-ingest", body);
    const { state, error } = await ended(fixture.store, job.id);
    expect(state).toBe("failed");
    const spans = await traceOf(job.id, (all) => named(all, "task dataset-ingest").length > 0);
    const [task] = named(spans, "task dataset-ingest");
    expect(task).toMatchObject({
      failed: true,
      attributes: { "error.type": error!.code, "winnow.end": "failed" },
    });
    expect(collector.body()).not.toContain("secret text");

    const retried = await post(api.url, `jobs/${job.id}/retry`, {});
    await ended(fixture.store, retried.id);
    const again = await traceOf(retried.id, (all) => named(all, "task dataset-ingest").length > 0);
    expect(expectOneTree(again).attributes["winnow.retry_of"]).toBe(job.id);
  });

  it("has the second attempt after a killed worker in the same trace", async () => {
    const api = await fixture.startApi(collector.env);
    const first = await fixture.startWorker(collector.env);
    const ingest = await post(api.url, "jobs/dataset-ingest", await ingestBody(api.url));
    const { datasetId } = await succeeded(fixture.store, ingest.id);
    const job = await post(api.url, "jobs/fold-training", {
      ...{ ...TRAINING, datasetId },
      training: { epochs: 30, batchSize: 4 },
    });
    await eventually("a fold to train", async () =>
      (await jobOf(fixture.store, job.id)).tasks.some(({ step }) => step > 0),
    );
    await first.kill();
    await fixture.startWorker(collector.env);
    await succeeded(fixture.store, job.id);
    const spans = await traceOf(job.id, (all) => named(all, "task fold-training").length >= 2);
    const root = expectOneTree(spans);
    for (const fold of named(spans, "task fold-training")) {
      expect(fold.parentSpanId).toBe(root.spanId);
      expect(fold.attributes["winnow.attempt"]).toBeGreaterThanOrEqual(2);
      expect(fold.attributes["winnow.end"]).toBe("succeeded");
    }
  });

  it("begins a trace in the worker where the API has none, one for all tasks of the job", async () => {
    const api = await fixture.startApi();
    await fixture.startWorker(collector.env);
    const ingest = await post(api.url, "jobs/dataset-ingest", await ingestBody(api.url));
    const { datasetId } = await succeeded(fixture.store, ingest.id);
    const job = await post(api.url, "jobs/fold-training", { ...TRAINING, datasetId });
    await succeeded(fixture.store, job.id);
    const spans = await traceOf(job.id, (all) => named(all, "task fold-training").length === 2);
    expect(expectOneTree(spans).name).toBe("job fold-training");
  });
});

it.each([
  ["nothing is set", () => ({})],
  ["the SDK is disabled", () => ({ ...collector.env, OTEL_SDK_DISABLED: "true" })],
  ["there is no exporter", () => ({ ...collector.env, OTEL_TRACES_EXPORTER: "none" })],
])("where %s nothing connects, and no job has a trace", async (_, env) => {
  const before = collector.connections();
  await fixture.startWorker({ ...env(), WORKER_ROLES: "cpu,orchestrator" });
  const api = await fixture.startApi(env());
  const headers = { traceparent: callerSays("01") };
  const job = await post(api.url, "jobs/dataset-ingest", await ingestBody(api.url), headers);
  await succeeded(fixture.store, job.id);
  await fixture.stopAll();
  expect(await traceParentOf(job.id)).toBeNull();
  expect(collector.connections()).toBe(before);
});

it.each(["refuses connections", "never answers"])(
  "a collector that %s changes no result, and delays no end beyond two seconds",
  async (how) => {
    const silent = await startTraceCollector({ silent: true });
    const refusing = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}` };
    const env = { ...silent.env, ...(how === "never answers" ? {} : refusing) };
    const worker = await fixture.startWorker(env);
    const api = await fixture.startApi(env);
    const ingest = await post(api.url, "jobs/dataset-ingest", await ingestBody(api.url));
    const { datasetId } = await succeeded(fixture.store, ingest.id);
    const job = await post(api.url, "jobs/fold-training", { ...TRAINING, datasetId });
    await succeeded(fixture.store, job.id);
    const startedAt = performance.now();
    expect(await Promise.all([worker.stop(), api.stop()])).toEqual([0, 0]);
    expect(performance.now() - startedAt).toBeLessThan(CLOSING_MS);
    expect(worker.output()).toContain("traces were not sent");
    await silent.close();
  },
);
