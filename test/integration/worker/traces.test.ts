import { writeFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { freePort } from "../../support/free-port.js";
import { ended, makeCsv, succeeded } from "../../support/jobs.js";
import {
  pictureOf,
  startTraceCollector,
  type TraceCollector,
} from "../../support/trace-collector.js";
import {
  expectOneTree,
  ingestOf,
  named,
  postJob,
  ROWS,
  traceOf as readTrace,
  TRAINING,
  traceParentOf,
} from "../../support/traced-jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const CALLER = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const callerSays = (flags: string) => `00-${CALLER.traceId}-${CALLER.spanId}-${flags}`;

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

const traceOf = (jobId: string, name: string) =>
  readTrace(fixture.store, collector, jobId, { name });

async function scrape(url: string, accept: string) {
  const answer = await fetch(`${url}/metrics`, { headers: { accept } });
  const text = await answer.text();
  return { type: answer.headers.get("content-type"), text, lines: text.split("\n") };
}

describe("a traced service", () => {
  it("has one trace of a job, from the request over outbox and queue into the worker and its child", async () => {
    const worker = await fixture.startWorker(collector.env);
    const api = await fixture.startApi(collector.env);
    const job = await postJob(api.url, "dataset-ingest", {
      ...(await ingestOf(api.url)),
      training: { ...TRAINING, pruning: {} },
    });
    const { result } = await succeeded(fixture.store, job.id);
    const training = await succeeded(
      fixture.store,
      (result as { trainingJobId: string }).trainingJobId,
    );
    const spans = await traceOf(job.id, "task pruning");
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
    const job = await postJob(api.url, "dataset-ingest", await ingestOf(api.url, csv));
    await succeeded(fixture.store, job.id);
    const spans = await traceOf(job.id, "task dataset-ingest");
    expectOneTree(spans);
    for (const secret of ["secret name", "label-", "row-1", "river", fixture.databaseUrl]) {
      expect(collector.body()).not.toContain(secret);
    }
    const keys = new Set(collector.spans.flatMap(({ attributes }) => Object.keys(attributes)));
    for (const key of keys) expect(key).toMatch(/^(winnow|http|messaging|process|error)\./);
  });

  it("names in its metrics the trace of a value, for a scraper that takes OpenMetrics", async () => {
    const port = String(await freePort());
    await fixture.startWorker({ ...collector.env, HEALTH_HOST: "127.0.0.1", HEALTH_PORT: port });
    const api = await fixture.startApi(collector.env);
    const job = await postJob(api.url, "dataset-ingest", await ingestOf(api.url));
    await succeeded(fixture.store, job.id);
    const traceId = (await traceParentOf(fixture.store, job.id))!.split("-")[1]!;
    // As Prometheus asks.
    const accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
    const values = {
      [api.url]: "winnow_http_request_duration_seconds_bucket",
      [`http://127.0.0.1:${port}`]: "winnow_task_duration_seconds_bucket",
    };
    for (const [url, metric] of Object.entries(values)) {
      const open = await scrape(url, accept);
      expect(open.type).toContain("application/openmetrics-text");
      expect(open.text).toMatch(/# EOF\n$/);
      const named = open.lines.filter((line) => line.includes(`# {trace_id="${traceId}"}`));
      expect(named.length, url).toBeGreaterThan(0);
      for (const line of named) expect(line.split("{")[0]).toBe(metric);
      expect(open.text).toContain("\nprocess_cpu_seconds_total ");

      // After it, and for all others, the text is Prometheus' own, with the names that it had.
      const plain = await scrape(url, "text/plain");
      expect(plain.type).toBe("text/plain; version=0.0.4; charset=utf-8");
      expect(plain.text).not.toContain("trace_id");
      expect(plain.text).toContain("\nprocess_cpu_seconds_total ");
      expect(plain.text).toContain("# TYPE process_cpu_seconds_total counter");
    }
    const both = await Promise.all([scrape(api.url, accept), scrape(api.url, "*/*")]);
    expect(both.map(({ text }) => text.includes("trace_id"))).toEqual([true, false]);
  });

  it("goes on with the caller's trace, and with none that a header only resembles", async () => {
    await fixture.startWorker({ ...collector.env, WORKER_ROLES: "cpu,orchestrator" });
    const api = await fixture.startApi(collector.env);
    const postWith = async (traceparent: string) => {
      const body = await ingestOf(api.url);
      const job = await postJob(api.url, "dataset-ingest", body, { traceparent });
      await succeeded(fixture.store, job.id);
      return job.id;
    };
    const called = await postWith(callerSays("01"));
    const spans = await traceOf(called, "task dataset-ingest");
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
      expect(await traceParentOf(fixture.store, ignored), bad).toMatch(
        /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/,
      );
      expect(await traceParentOf(fixture.store, ignored), bad).not.toContain(CALLER.traceId);
    }
    const unsampled = await postWith(callerSays("00"));
    expect(await traceParentOf(fixture.store, unsampled)).toMatch(
      new RegExp(`^00-${CALLER.traceId}-.*-00$`),
    );
    await fixture.stopAll();
    const ids = collector.spans.map(({ attributes }) => attributes["winnow.job.id"]);
    expect(ids).toContain(called);
    expect(ids).not.toContain(unsampled);
  });

  it("marks what failed with the problem's code, and not with its message", async () => {
    await fixture.startWorker({ ...collector.env, WORKER_ROLES: "cpu,orchestrator" });
    const api = await fixture.startApi(collector.env);
    const body = await ingestOf(api.url, "id,text,label,truth\n1,secret text\n");
    const job = await postJob(api.url, "dataset-ingest", body);
    const { state, error } = await ended(fixture.store, job.id);
    expect(state).toBe("failed");
    const spans = await traceOf(job.id, "task dataset-ingest");
    const [task] = named(spans, "task dataset-ingest");
    expect(task).toMatchObject({
      failed: true,
      attributes: { "error.type": error!.code, "winnow.end": "failed" },
    });
    expect(collector.body()).not.toContain("secret text");

    const retried = await postJob(api.url, `${job.id}/retry`, {});
    await ended(fixture.store, retried.id);
    const again = await traceOf(retried.id, "task dataset-ingest");
    expect(expectOneTree(again).attributes["winnow.retry_of"]).toBe(job.id);
  });
});
