import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { freePort } from "../../support/free-port.js";
import { eventually, jobOf, succeeded } from "../../support/jobs.js";
import { startTraceCollector, type TraceCollector } from "../../support/trace-collector.js";
import {
  expectOneTree,
  ingestOf,
  named,
  postJob,
  TRAINING,
  traceOf,
  traceParentOf,
} from "../../support/traced-jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

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

async function ingested(url: string): Promise<string> {
  const job = await postJob(url, "dataset-ingest", await ingestOf(url));
  return (await succeeded(fixture.store, job.id)).datasetId as string;
}

it("attempts after a killed worker and after one that stops are in the job's trace", async () => {
  const api = await fixture.startApi(collector.env);
  const killed = await fixture.startWorker(collector.env);
  const job = await postJob(api.url, "fold-training", {
    ...{ ...TRAINING, datasetId: await ingested(api.url) },
    training: { epochs: 60, batchSize: 4 },
  });
  const training = (attempt: number) =>
    eventually(`attempt ${attempt} to train`, async () => {
      const { tasks } = await jobOf(fixture.store, job.id);
      return tasks.every((task) => task.attempt === attempt && task.step > 0);
    });
  await training(1);
  await killed.kill();
  const stopped = await fixture.startWorker(collector.env);
  await training(2);
  expect(await stopped.stop()).toBe(0);
  await fixture.startWorker(collector.env);
  await succeeded(fixture.store, job.id);

  const wanted = { name: "task fold-training", count: 4 };
  const spans = await traceOf(fixture.store, collector, job.id, wanted);
  const root = expectOneTree(spans);
  const attempts = named(spans, "task fold-training").map(({ parentSpanId, attributes }) => {
    expect(parentSpanId).toBe(root.spanId);
    return `${attributes["winnow.fold"]} ${attributes["winnow.attempt"]} ${attributes["winnow.end"]}`;
  });
  // The killed worker could send nothing of the first.
  expect(attempts.sort()).toEqual([
    "0 2 handed-back",
    "0 3 succeeded",
    "1 2 handed-back",
    "1 3 succeeded",
  ]);
  expect(spans.filter(({ failed }) => failed)).toEqual([]);
});

it("begins a trace in the worker where the API has none, one for all tasks of the job", async () => {
  const api = await fixture.startApi();
  await fixture.startWorker(collector.env);
  const datasetId = await ingested(api.url);
  const job = await postJob(api.url, "fold-training", { ...TRAINING, datasetId });
  await succeeded(fixture.store, job.id);
  const wanted = { name: "task fold-training", count: 2 };
  const spans = await traceOf(fixture.store, collector, job.id, wanted);
  expect(expectOneTree(spans).name).toBe("job fold-training");
});

it("the jobs of an experiment are in its trace", async () => {
  const api = await fixture.startApi(collector.env);
  await fixture.startWorker({ ...collector.env, WORKER_ROLES: "cpu,orchestrator" });
  const job = await postJob(api.url, "experiment", {
    ...{ datasetId: await ingested(api.url), model: { kind: "quick" }, folds: 2 },
    ...{ rates: [0.2], seeds: [1, 2] },
  });
  await succeeded(fixture.store, job.id);
  const spans = await traceOf(fixture.store, collector, job.id, { name: "task pruning", count: 2 });
  expect(expectOneTree(spans).name).toBe("POST /v1/jobs/experiment");
  for (const name of ["task dataset-ingest", "task quick-folds", "task pruning"]) {
    expect(named(spans, name), name).toHaveLength(2);
  }
});

it.each([
  ["nothing is set", () => ({})],
  ["the SDK is disabled", () => ({ ...collector.env, OTEL_SDK_DISABLED: "true" })],
  ["there is no exporter", () => ({ ...collector.env, OTEL_TRACES_EXPORTER: "none" })],
])("where %s nothing connects, and no job has a trace", async (_, env) => {
  const before = collector.connections();
  await fixture.startWorker({ ...env(), WORKER_ROLES: "cpu,orchestrator" });
  const api = await fixture.startApi(env());
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const body = await ingestOf(api.url);
  const job = await postJob(api.url, "dataset-ingest", body, { traceparent });
  await succeeded(fixture.store, job.id);
  await fixture.stopAll();
  expect(await traceParentOf(fixture.store, job.id)).toBeNull();
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
    const datasetId = await ingested(api.url);
    const job = await postJob(api.url, "fold-training", { ...TRAINING, datasetId });
    await succeeded(fixture.store, job.id);
    const startedAt = performance.now();
    expect(await Promise.all([worker.stop(), api.stop()])).toEqual([0, 0]);
    expect(performance.now() - startedAt).toBeLessThan(CLOSING_MS);
    expect(worker.output()).toContain("traces were not sent");
    await silent.close();
  },
);
