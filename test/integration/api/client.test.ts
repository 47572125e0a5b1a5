import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import type { ReadableStream } from "node:stream/web";
import { allItems, type Client, createClient, followEvents, waitForJob } from "@winnow/client";
import { ROUTES } from "@winnow/contracts";
import { writeDataset } from "@winnow/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestApi, type TestApi } from "../../support/api.js";
import {
  batchesOf,
  makeSamples,
  mustClaim,
  queueIngest,
  seedCrossValidation,
  seedDataset,
} from "../../support/seed-data.js";

let api: TestApi;
let client: Client;

beforeAll(async () => {
  api = await openTestApi({ app: { events: { pollMs: 50, heartbeatMs: 400 } } });
  client = createClient(await api.listen());
});
afterAll(() => api.close());

describe("the client of the API", () => {
  it("follows a job's past and new events to its end, each once", async () => {
    const jobId = await queueIngest(api.store);
    const seen: unknown[] = [];
    for await (const { type, data } of followEvents(client, jobId)) {
      if (type === "state") seen.push(data.state);
      if (data.state === "queued") {
        const held = await mustClaim(api.store, jobId);
        void writeDataset(api.store, held, batchesOf(makeSamples(3, 2), 2));
      }
    }
    expect(seen).toEqual(["queued", "running", "succeeded"]);
    const again: unknown[] = [];
    for await (const { data } of followEvents(client, jobId)) again.push(data.state);
    expect(again).toEqual(seen);
  });

  it("waits for a job and returns it when it has ended, also when it was cancelled", async () => {
    const jobId = await queueIngest(api.store);
    const waiting = waitForJob(client, jobId);
    await client.call("cancelJob", { params: { id: jobId } });
    expect(await waiting).toMatchObject({ id: jobId, state: "cancelled" });
  });

  it("reads a list of several pages to its end, in order", async () => {
    const id = await seedDataset(api.store, 2_050, 3);
    const ordinals: number[] = [];
    for await (const { ordinal } of allItems(client, "listSamples", { params: { id } })) {
      ordinals.push(ordinal);
    }
    expect(ordinals).toEqual(Array.from({ length: 2_050 }, (_, i) => i));
    const query = { limit: 20 };
    let few = 0;
    for await (const _ of allItems(client, "listSamples", { params: { id }, query })) {
      if (++few === 45) break;
    }
    expect(few).toBe(45);
  });

  it("sends a file in parts, and sees how much has arrived", async () => {
    const file = Buffer.from("id,text,label\n".repeat(100));
    const begun = await client.beginUpload(file.length);
    const half = file.length / 2;
    const send = (first: number, size: number) => {
      const bytes = new Blob([file.subarray(first, first + size)]);
      return client.appendUpload(begun, { first, size, bytes });
    };
    await send(0, half);
    const asked = { params: { id: begun.id } };
    expect(await client.call("getUpload", asked)).toMatchObject({ received: half, sha256: null });
    await expect(send(0, half)).rejects.toMatchObject({ code: "upload-conflict" });
    const sha256 = createHash("sha256").update(file).digest("hex");
    expect(await send(half, half)).toMatchObject({ received: file.length, sha256 });
  });

  it("estimates a job without queueing it", async () => {
    const datasetId = await seedDataset(api.store);
    const before = await client.call("listJobs");
    const body = { datasetId, folds: 3 };
    const { valid, estimate } = await client.validate("createFoldTraining", { body });
    expect(valid).toBe(true);
    expect(estimate).toMatchObject({ rows: 30, folds: 3 });
    expect((await client.call("listJobs")).data).toHaveLength(before.data.length);
  });

  it("downloads a stream, and returns the headers of an answer on request", async () => {
    const { crossValidationId } = await seedCrossValidation(api.store);
    const asked = { params: { id: crossValidationId } };
    const body = await client.download("getProbabilities", asked);
    const bytes = await buffer(body as ReadableStream<Uint8Array>);
    expect(bytes.subarray(1, 6).toString("latin1")).toBe("NUMPY");
    const response = await client.request("getProbabilities", asked);
    expect(response.headers.get("content-length")).toBe(`${bytes.length}`);
    await response.body?.cancel();
  });

  it("gets the first answer again with the same idempotency key", async () => {
    const datasetId = await seedDataset(api.store);
    const input = { body: { datasetId, folds: 2 }, idempotencyKey: "training-of-monday" };
    const first = await client.call("createFoldTraining", input);
    expect(await client.call("createFoldTraining", input)).toMatchObject({ id: first.id });
  });

  it("accepts the real answers of every list and of health and readiness", async () => {
    for (const [name, { method, path }] of Object.entries(ROUTES)) {
      if (method !== "GET" || path.includes(":") || name === "metrics") continue;
      await expect(client.call(name as "listJobs")).resolves.toBeDefined();
    }
  });
});
