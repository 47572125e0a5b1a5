import { get, type IncomingMessage } from "node:http";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { eventually } from "../../support/jobs.js";
import { seedPruning } from "../../support/seed-data.js";
import {
  type SentSpan,
  startTraceCollector,
  type TraceCollector,
} from "../../support/trace-collector.js";
import { expectOneTree, named } from "../../support/traced-jobs.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const ROWS = 30;
const EXPORT = "GET /v1/prunings/:id/export";
const CALLER = "b7ad6b7169203331";

let fixture: WorkerFixture;
let collector: TraceCollector;
let url: string;
let pruningId: string;
/** Of as many rows, each of a megabyte: more than the buffers of both sides. */
let largeId: string;
let traces = 0;

beforeAll(async () => {
  [fixture, collector] = await Promise.all([openWorkerFixture(), startTraceCollector()]);
  ({ pruningId: largeId } = await seedPruning(fixture.store, ROWS));
  await poolOf(fixture.store).query("UPDATE samples SET text = repeat('x', 1000000)");
  ({ pruningId } = await seedPruning(fixture.store, ROWS));
  ({ url } = await fixture.startApi(collector.env));
});

afterAll(async () => {
  await fixture.close();
  await collector.close();
});

/** A trace of the caller's. */
function newTrace() {
  const traceId = String(++traces).padStart(32, "0");
  return { traceId, headers: { traceparent: `00-${traceId}-${CALLER}-01` } };
}

/** The trace's spans, once that of the request has come. */
async function spansOf(traceId: string, name = EXPORT): Promise<SentSpan[]> {
  const found = () => collector.spans.filter((span) => span.traceId === traceId);
  const spans = await eventually(name, () => named(found(), name).length > 0 && found(), 30_000);
  expect(expectOneTree(spans, CALLER).name).toBe(name);
  return spans;
}

/** Asks for the large export, and reads nothing of it yet. */
async function heldExport(headers: Record<string, string>): Promise<IncomingMessage> {
  const path = `${url}/v1/prunings/${largeId}/export?split=all`;
  return new Promise((resolve, reject) => {
    get(path, { headers, agent: false }, resolve).once("error", reject);
  });
}

it("an export has a span with the rows and bytes that it streamed, and nothing of the rows", async () => {
  const { traceId, headers } = newTrace();
  const answer = await fetch(`${url}/v1/prunings/${pruningId}/export?split=all`, { headers });
  const body = Buffer.from(await answer.arrayBuffer());
  const spans = await spansOf(traceId);
  const [root] = named(spans, EXPORT);
  expect(root).toMatchObject({
    service: "winnow-api",
    failed: false,
    attributes: {
      "http.response.status_code": 200,
      "winnow.pruning.id": pruningId,
      "winnow.split": "all",
      "winnow.format": "jsonl",
    },
  });
  const below = spans.filter(({ parentSpanId }) => parentSpanId === root!.spanId);
  expect(below.map(({ name }) => name).sort()).toEqual(["checking", "streaming"]);
  expect(named(below, "streaming")[0]).toMatchObject({
    failed: false,
    attributes: { "winnow.streamed.rows": ROWS, "winnow.streamed.bytes": body.byteLength },
  });
  expect(body.toString()).toContain("quoted");
  for (const secret of ["quoted", "class-", "row-", "text 1"]) {
    expect(collector.body()).not.toContain(secret);
  }
});

it("a dataset folder has one of its writing too, and bytes without rows", async () => {
  const { traceId, headers } = newTrace();
  const path = `${url}/v1/prunings/${pruningId}/dataset-folder?name=secret-name`;
  const answer = await fetch(path, { headers });
  expect(answer.status).toBe(200);
  const bytes = (await answer.arrayBuffer()).byteLength;
  const spans = await spansOf(traceId, "GET /v1/prunings/:id/dataset-folder");
  expect(named(spans, "writing")).toHaveLength(1);
  const [streaming] = named(spans, "streaming");
  expect(streaming!.attributes).toEqual({ "winnow.streamed.bytes": bytes });
  expect(collector.body()).not.toContain("secret-name");
});

it("an export that its client leaves is marked as aborted, with what was read by then", async () => {
  const { traceId, headers } = newTrace();
  const answer = await heldExport(headers);
  answer.destroy();
  const spans = await spansOf(traceId);
  for (const name of [EXPORT, "streaming"]) {
    expect(named(spans, name)[0], name).toMatchObject({
      failed: true,
      attributes: { "error.type": "aborted" },
    });
  }
  const { attributes } = named(spans, "streaming")[0]!;
  expect(attributes["winnow.streamed.bytes"]).toBeGreaterThan(0);
  expect(attributes["winnow.streamed.rows"]).toBeGreaterThan(0);
  expect(attributes["winnow.streamed.rows"]).toBeLessThan(ROWS);
});

it("an export that breaks off has the problem's code", async () => {
  const { traceId, headers } = newTrace();
  const answer = await heldExport(headers);
  await poolOf(fixture.store).query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'winnow-api'`,
  );
  await expect(answer.toArray()).rejects.toThrow("aborted");
  const spans = await spansOf(traceId);
  for (const name of [EXPORT, "streaming"]) {
    expect(named(spans, name)[0], name).toMatchObject({
      failed: true,
      attributes: { "error.type": "not-ready" },
    });
  }
});

it("an export that is refused has streamed nothing, and its code", async () => {
  const { traceId, headers } = newTrace();
  const path = `${url}/v1/prunings/${pruningId}/export?split=soft&format=fasttext`;
  const answer = await fetch(path, { headers });
  const { code } = (await answer.json()) as { code: string };
  const spans = await spansOf(traceId);
  expect(spans).toHaveLength(1);
  expect(spans[0]).toMatchObject({
    failed: true,
    attributes: { "error.type": code, "http.response.status_code": answer.status },
  });
});
