import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWebhook, pingWebhook, readWebhookSecret, withTransaction } from "@winnow/store";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { TEST_CERTIFICATE } from "../../support/https-server.js";
import { eventually, succeeded } from "../../support/jobs.js";
import { startTraceCollector, type TraceCollector } from "../../support/trace-collector.js";
import {
  expectOneTree,
  ingestOf,
  named,
  postJob,
  traceOf,
  traceParentOf,
} from "../../support/traced-jobs.js";
import { openReceiver, type Receiver } from "../../support/webhook-receiver.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const MESSAGE = "webhook job.succeeded";

let fixture: WorkerFixture;
let collector: TraceCollector;
let receiver: Receiver;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  [fixture, collector] = await Promise.all([openWorkerFixture(), startTraceCollector()]);
  receiver = await openReceiver();
  folder = mkdtempSync(join(tmpdir(), "winnow-traced-webhooks-"));
  const certificate = join(folder, "ca.pem");
  writeFileSync(certificate, TEST_CERTIFICATE);
  env = {
    WORKER_ROLES: "cpu,orchestrator",
    WEBHOOK_PRIVATE_ADDRESSES: "true",
    NODE_EXTRA_CA_CERTS: certificate,
  };
});

afterEach(() => fixture.stopAll());

afterAll(async () => {
  await fixture.close();
  await receiver.close();
  await collector.close();
  rmSync(folder, { recursive: true, force: true });
});

async function makeHook() {
  const hook = await withTransaction(fixture.store, (tx) =>
    createWebhook(tx, {
      url: `https://127.0.0.1:${receiver.port}/hook?token=url-key`,
      ...{ events: ["job.succeeded"], kinds: [], description: "" },
    }),
  );
  return { ...hook, secret: await readWebhookSecret(fixture.store, hook.id) };
}

it("each attempt to deliver is in the job's trace, and the receiver can go on with it", async () => {
  const hook = await makeHook();
  receiver.answer = (_, response) => {
    receiver.answer = (_message, later) => later.writeHead(204).end();
    response.writeHead(503).end();
  };
  await fixture.startWorker({ ...env, ...collector.env });
  const api = await fixture.startApi(collector.env);
  const job = await postJob(api.url, "dataset-ingest", await ingestOf(api.url));
  await succeeded(fixture.store, job.id);
  const spans = await traceOf(fixture.store, collector, job.id, { name: MESSAGE, count: 2 });
  const root = expectOneTree(spans);
  const attempts = named(spans, MESSAGE).sort((a, b) => a.startMs - b.startMs);
  const shared = { "winnow.job.id": job.id, "winnow.webhook.id": hook.id };
  expect(attempts).toMatchObject([
    {
      service: "winnow-worker",
      parentSpanId: root.spanId,
      failed: true,
      attributes: {
        ...{ ...shared, "winnow.attempt": 1 },
        ...{ "http.response.status_code": 503, "error.type": "503" },
      },
    },
    {
      parentSpanId: root.spanId,
      failed: false,
      attributes: { ...shared, "winnow.attempt": 2, "http.response.status_code": 204 },
    },
  ]);
  expect(receiver.received.map(({ headers }) => headers.traceparent)).toEqual(
    attempts.map(({ traceId, spanId }) => `00-${traceId}-${spanId}-01`),
  );
  const [{ headers, body }] = receiver.received as [(typeof receiver.received)[number]];
  for (const secret of [
    hook.secret,
    hook.secret.slice("whsec_".length),
    headers["webhook-signature"]!,
    "url-key",
    `${receiver.port}`,
    body,
  ]) {
    expect(collector.body()).not.toContain(secret);
  }
});

it("a receiver that cannot be reached has the fault's code", async () => {
  receiver.answer = (_, response) => response.socket?.destroy();
  await fixture.startWorker({ ...env, ...collector.env });
  const api = await fixture.startApi(collector.env);
  const job = await postJob(api.url, "dataset-ingest", await ingestOf(api.url));
  await succeeded(fixture.store, job.id);
  const spans = await traceOf(fixture.store, collector, job.id, { name: MESSAGE });
  const [attempt] = named(spans, MESSAGE);
  expect(attempt).toMatchObject({ failed: true, attributes: { "error.type": "UND_ERR_SOCKET" } });
  expect(attempt!.attributes).not.toHaveProperty("http.response.status_code");
  receiver.answer = (_, response) => response.writeHead(204).end();
});

it("a ping, and a job's message where traces are off, name no trace", async () => {
  const hook = await makeHook();
  await fixture.startWorker({ ...env, ...collector.env });
  const of = (type: string) =>
    receiver.received.filter(({ body }) => JSON.parse(body).type === type);
  await withTransaction(fixture.store, (tx) => pingWebhook(tx, hook.id));
  const [ping] = await eventually("the ping", () => of("ping").length > 0 && of("ping"));
  expect(ping!.headers).not.toHaveProperty("traceparent");
  await fixture.stopAll();

  receiver.received.length = 0;
  await fixture.startWorker(env);
  const api = await fixture.startApi(collector.env);
  const job = await postJob(api.url, "dataset-ingest", await ingestOf(api.url));
  await succeeded(fixture.store, job.id);
  const told = () => of("job.succeeded").filter(({ body }) => body.includes(job.id));
  const [message] = await eventually("the message", () => told().length > 0 && told());
  expect(message!.headers).not.toHaveProperty("traceparent");
  expect(await traceParentOf(fixture.store, job.id)).not.toBeNull();
});
