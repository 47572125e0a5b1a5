import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createWebhook,
  listDeliveries,
  readWebhookSecret,
  requestCancel,
  withTransaction,
} from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { TEST_CERTIFICATE } from "../../support/https-server.js";
import { eventually, makeCsv, postIngest, succeeded } from "../../support/jobs.js";
import { queueIngest } from "../../support/seed-data.js";
import { openReceiver, type Receiver } from "../../support/webhook-receiver.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 360_000 });

let fixture: WorkerFixture;
let receiver: Receiver;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "winnow-webhooks-"));
  const certificate = join(folder, "ca.pem");
  writeFileSync(certificate, TEST_CERTIFICATE);
  env = {
    WORKER_ROLES: "cpu,orchestrator",
    WEBHOOK_PRIVATE_ADDRESSES: "true",
    NODE_EXTRA_CA_CERTS: certificate,
    LOG_LEVEL: "trace",
  };
});

beforeEach(async () => {
  fixture = await openWorkerFixture();
  receiver = await openReceiver();
});

afterEach(async () => {
  await fixture.close();
  await receiver.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An endpoint on this machine's loopback. */
async function makeHook() {
  const hook = await withTransaction(fixture.store, (tx) =>
    createWebhook(tx, {
      url: `https://127.0.0.1:${receiver.port}/hook`,
      events: ["job.succeeded", "job.cancelled"],
      kinds: [],
      description: "",
    }),
  );
  return { ...hook, secret: await readWebhookSecret(fixture.store, hook.id) };
}

const deliveries = async (id: string) =>
  (await listDeliveries(fixture.store, id, { limit: 10 })).data;

it("a worker notifies an endpoint that a job succeeded, and logs no secret", async () => {
  const hook = await makeHook();
  const worker = await fixture.startWorker(env);
  const jobId = await postIngest(fixture, makeCsv(30));
  await succeeded(fixture.store, jobId);
  await eventually("the message", async () => receiver.received.length === 1);
  const [message] = receiver.received;
  if (!message) throw new Error("nothing came");
  expect(receiver.verified(message, hook.secret)).toMatchObject({
    type: "job.succeeded",
    data: { jobId, kind: "dataset-ingest", state: "succeeded" },
  });
  await worker.stop();
  expect(worker.output()).toContain("a webhook was sent");
  expect(worker.output()).not.toContain(hook.secret.slice("whsec_".length));
  const { rows } = await poolOf(fixture.store).query(
    "SELECT string_agg(data::text, '') AS told FROM job_events",
  );
  expect(rows[0].told).not.toContain("whsec_");
});

it("after a kill between sending and recording, the next worker sends the same message again", async () => {
  const hook = await makeHook();
  const first = await fixture.startWorker({ ...env, WEBHOOK_TIMEOUT_MS: "10000" });
  let killed: Promise<void> | undefined;
  receiver.answer = (_, response) => {
    killed ??= first.kill().then(() => {
      receiver.answer = (_message, later) => later.writeHead(200).end();
      response.writeHead(200).end();
    });
  };
  await requestCancel(fixture.store, await queueIngest(fixture.store));
  await eventually("the first message", async () => killed !== undefined);
  await killed;
  expect(await deliveries(hook.id)).toMatchObject([{ state: "pending", attempts: 1 }]);
  await fixture.startWorker(env);
  await eventually("the message again", async () => receiver.received.length === 2);
  const [one, two] = receiver.received;
  expect(two?.headers["webhook-id"]).toBe(one?.headers["webhook-id"]);
  expect(two?.body).toBe(one?.body);
  await eventually("the note", async () => (await deliveries(hook.id))[0]?.state === "delivered");
  expect(await deliveries(hook.id)).toMatchObject([{ attempts: 2, lastStatus: 200 }]);
});

it("by default no connection is made to an address of this machine", async () => {
  const hook = await makeHook();
  await requestCancel(fixture.store, await queueIngest(fixture.store));
  await fixture.startWorker({ ...env, WEBHOOK_PRIVATE_ADDRESSES: "false" });
  const [delivery] = await eventually("an attempt", async () => {
    const all = await deliveries(hook.id);
    return all[0]?.lastError !== null && all;
  });
  expect(delivery).toMatchObject({ state: "pending", attempts: 1, lastStatus: null });
  expect(delivery?.lastError).toBe("The URL leads to an address that is not public.");
  expect(receiver.connections()).toBe(0);
});
