import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@winnow/client";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import {
  answerJson,
  type EmbeddingsServer,
  startEmbeddingsServer,
} from "../../support/embeddings-server.js";
import { csvOf, labelledTexts } from "../../support/encoded-rows.js";
import { probabilitiesOf } from "../../support/probabilities.js";
import { openService, type TestService } from "../../support/service.js";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const KEY = "sk-a.secret";
/** Two shards. */
const rows = labelledTexts(4_200);
const texts = new Set(rows.map(({ text }) => text));

let server: EmbeddingsServer;
let service: TestService;
let datasetId: string;

beforeAll(async () => {
  server = await startEmbeddingsServer();
  const endpoint = { EMBEDDINGS_URL: `${server.url}/v1` };
  service = await openService({
    api: endpoint,
    worker: {
      ...{ ...endpoint, EMBEDDINGS_MODEL: "e5", EMBEDDINGS_KEY: KEY },
      WORKER_ROLES: "cpu,orchestrator,trainer",
    },
  });
  datasetId = await ingest("", 0);
});

beforeEach(() => {
  server.interfere = () => false;
  server.answered.length = 0;
});

afterAll(async () => {
  await service.close();
  server.close();
});

/** The texts, of which the first ones have a word more, and are new to the endpoint then. */
async function ingest(word: string, changed: number): Promise<string> {
  const own = rows.map((row, i) => (i < changed ? { ...row, text: `${row.text} ${word}` } : row));
  const { id } = await service.client.call("createDatasetIngest", {
    body: {
      name: "generated",
      source: { type: "upload", uploadId: await service.upload(csvOf(own)) },
      format: { type: "csv" },
      duplicates: "keep",
    } as never,
  });
  return (await service.succeeded(id)).datasetId as string;
}

const MODEL = { kind: "quick", embeddingsEndpoint: true };

const post = (body: object = {}, client = service.client) =>
  client.call("createFoldTraining", { body: { datasetId, model: MODEL, ...body } as never });

async function answerOf(jobId: string) {
  const job = await service.succeeded(jobId);
  const shards = job.tasks.filter(({ shard }) => shard !== null);
  const encoded = shards.reduce((sum, { metrics }) => sum + Number(metrics?.encoded), 0);
  const id = job.crossValidationId as string;
  return { id, encoded, shards, bits: await probabilitiesOf(service.fixture.store, id) };
}

let first: Awaited<ReturnType<typeof answerOf>>;

it("asks for each different text once, in a task a shard, and records what answered", async () => {
  first = await answerOf((await post({ pruning: {} })).id);
  expect(first.shards).toHaveLength(2);
  expect(first.encoded).toBe(texts.size);
  expect([...server.answered].sort()).toEqual([...texts].sort());
  expect(server.seen[0]).toMatchObject({
    ...{ path: "/v1/embeddings", model: "e5", authorization: `Bearer ${KEY}` },
  });
  const { data } = await service.client.call("listCrossValidations", {
    query: { parentId: first.id },
  });
  expect(data.map(({ member }) => member).sort()).toEqual(
    ["quick", "second", "vectors", "vectors-second"].sort(),
  );
  const folds = await service.client.call("listFolds", { params: { id: first.id } });
  expect(folds.data[0]!.backend).toMatchObject({
    vectors: { columns: 8, encoder: expect.stringMatching(/^[0-9a-f]{32}$/) },
  });
});

it("each flag has its nearest rows, without a request", async () => {
  const { data: prunings } = await service.client.call("listPrunings", { query: {} });
  const params = { id: prunings[0]!.id };
  const { data: jobs } = await service.client.call("listJobs", {
    query: { kind: "pruning" } as never,
  });
  await service.succeeded(jobs[0]!.id);
  const { data } = await service.client.call("listFlags", { params, query: { limit: 20 } });
  expect(data.length).toBeGreaterThan(10);
  for (const { evidence } of data) expect(evidence?.nearest).toHaveLength(3);
  expect(server.answered).toEqual([]);
});

it("a second run asks for nothing, and says the same; it is estimated by what the first took", async () => {
  const again = await answerOf((await post()).id);
  expect(server.answered).toEqual([]);
  expect([again.encoded, again.bits]).toEqual([0, first.bits]);
  const { estimate } = await service.client.validate("createFoldTraining", {
    body: { datasetId, model: MODEL } as never,
  });
  expect(estimate).toMatchObject({ peakMemoryBytes: null, storageBytes: null });
  expect(estimate.seconds).toBeGreaterThan(0);
});

it("goes on where a server died, after an answer of 500: no text is answered twice", async () => {
  const own = await ingest("again", 2_000);
  let requests = 0;
  const { port } = server;
  server.interfere = (response, _, raw) => {
    if (++requests === 3) answerJson(response, 500, "out of memory");
    if (requests > 6) raw.socket.destroy();
    return requests === 3 || requests > 6;
  };
  const { id } = await post({ datasetId: own });
  while (requests <= 6) await sleep(20);
  server.close();
  const before = [...server.answered];
  expect(before.length).toBeGreaterThan(0);
  await sleep(1_000);
  server = await startEmbeddingsServer(port);
  const { encoded } = await answerOf(id);
  const answered = [...before, ...server.answered];
  expect(answered).toHaveLength(encoded);
  expect(new Set(answered).size).toBe(encoded);
});

/** Once nothing is asked any more: the other shard's task goes on until its worker hears that the job has ended. */
async function quiet(): Promise<void> {
  for (let asked = -1; asked !== server.seen.length; ) {
    asked = server.seen.length;
    await sleep(3_000);
  }
}

it("vectors of another width end the job, and none of them is kept", async () => {
  const own = await ingest("wider", 2_000);
  server.width = 16;
  const { error } = await service.ended((await post({ datasetId: own })).id);
  expect(error).toMatchObject({ code: "endpoint-refused", retryable: false });
  expect(error?.detail).toMatch(/16 columns, where it gave 8 before.*delete [0-9a-f]{32} among/);
  expect(error?.detail).not.toContain(KEY);
  await quiet();
  server.width = 8;
  server.answered.length = 0;
  const { encoded } = await answerOf((await post({ datasetId: own })).id);
  expect([encoded, new Set(server.answered).size]).toEqual([server.answered.length, encoded]);
});

it("is refused where there is no endpoint, and beside other vectors", async () => {
  const api = await service.fixture.startApi();
  await expect(post({}, createClient(api.url))).rejects.toMatchObject({
    problem: { code: "endpoint-refused", errors: [{ pointer: "/model/embeddingsEndpoint" }] },
  });
  const uploadId = await service.upload("x");
  await expect(post({ model: { ...MODEL, embeddings: { uploadId } } })).rejects.toMatchObject({
    problem: { errors: [{ pointer: "/model/embeddingsEndpoint" }] },
  });
});
