import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type S3Server, startS3Server } from "../../../../test/support/s3-server.js";
import { openCheckpoints } from "../trainer-child/fold/checkpoints.js";
import { CheckpointStoreUnreachable } from "./checkpoint-store.js";
import { CheckpointPlace, type S3Place } from "./place.js";
import { checkBucket, s3CheckpointStore } from "./s3-checkpoint-store.js";

vi.setConfig({ testTimeout: 360_000, hookTimeout: 360_000 });

let server: S3Server;
let place: S3Place;
const servers: Server[] = [];

beforeAll(async () => {
  server = await startS3Server();
  place = {
    type: "s3",
    bucket: "checkpoints",
    prefix: "winnow/",
    region: "us-east-1",
    endpoint: server.url,
    pathStyle: true,
    credentials: { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" },
  };
});

afterAll(async () => {
  for (const endpoint of servers) {
    endpoint.close();
    endpoint.closeAllConnections();
  }
  await server.close();
});

const state = (text: string) => new TextEncoder().encode(text.repeat(5_000));
const textOf = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes).slice(0, 3);

async function open(attempt: number, taskId = "task_1") {
  const faults: string[] = [];
  const checkpoints = openCheckpoints({
    checkpointStore: await s3CheckpointStore(place, taskId),
    attempt,
    intervalMs: 0,
    stopping: () => false,
    onStopped: () => {},
    onFault: (message) => faults.push(message),
  });
  return { checkpoints, faults };
}

it("another worker resumes from the last state in the bucket; two are kept, each task has its own", async () => {
  const { checkpoints } = await open(1);
  expect(await checkpoints.load()).toBeNull();
  for (const text of ["one", "two", "six"]) await checkpoints.save(state(text));
  const checkpointStore = await s3CheckpointStore(place, "task_1");
  expect((await checkpointStore.names()).sort()).toEqual([
    "00000002-1.checkpoint",
    "00000003-1.checkpoint",
  ]);
  const next = await open(2);
  expect(textOf(await next.checkpoints.load())).toBe("six");
  expect(await (await open(1, "task_2")).checkpoints.load()).toBeNull();
  await next.checkpoints.clear();
  expect(await checkpointStore.names()).toEqual([]);
});

it("a damaged object is skipped for the one before, and removed", async () => {
  const { checkpoints } = await open(1, "task_3");
  await checkpoints.save(state("one"));
  await checkpoints.save(state("two"));
  const s3 = await import("@aws-sdk/client-s3");
  const client = new s3.S3Client({
    region: place.region,
    endpoint: server.url,
    forcePathStyle: true,
    credentials: { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" },
  });
  const Key = "winnow/task_3/00000002-1.checkpoint";
  await client.send(
    new s3.PutObjectCommand({ Bucket: place.bucket, Key, Body: Buffer.from("WINNOW-1 cut off") }),
  );
  client.destroy();
  const next = await open(2, "task_3");
  expect(textOf(await next.checkpoints.load())).toBe("one");
  expect(next.faults).toEqual(["the checkpoint 00000002-1.checkpoint is damaged; it is skipped"]);
  expect(await (await s3CheckpointStore(place, "task_3")).names()).toEqual([
    "00000001-1.checkpoint",
  ]);
});

/** An endpoint with the given answers. */
async function openEndpoint(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const endpoint = createServer((request, response) => {
    request.resume();
    answer(request, response);
  }).listen(0, "127.0.0.1");
  servers.push(endpoint);
  await once(endpoint, "listening");
  const { port } = endpoint.address() as AddressInfo;
  return { ...place, endpoint: `http://127.0.0.1:${port}` };
}

const refuse = (response: ServerResponse, status: number, code: string) =>
  response
    .writeHead(status, { "content-type": "application/xml" })
    .end(`<Error><Code>${code}</Code><Message>said ${code}</Message></Error>`);

const listing = (keys: string[], next?: string) =>
  `<ListBucketResult>${keys.map((key) => `<Contents><Key>${key}</Key></Contents>`).join("")}
   <IsTruncated>${next !== undefined}</IsTruncated>
   ${next === undefined ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`}
   </ListBucketResult>`;

it("a bucket that does not answer differs from one that refuses", async () => {
  const away = { ...place, endpoint: "http://127.0.0.1:1" };
  await expect(
    (await s3CheckpointStore(away, "t", 0)).write("x", state("x")),
  ).rejects.toBeInstanceOf(CheckpointStoreUnreachable);
  const nowhere = { ...place, bucket: "nowhere" };
  await expect(
    (await s3CheckpointStore(nowhere, "t", 0)).write("x", state("x")),
  ).rejects.toMatchObject({
    code: "training-failed",
    message: expect.stringContaining(`nowhere at ${server.url} refuses a checkpoint: NoSuchBucket`),
  });
});

it("at the start a refusal is thrown at once, with what to check", async () => {
  await expect(checkBucket({ ...place, bucket: "nowhere" })).rejects.toThrow(
    /nowhere at .*cannot be used.*NoSuchBucket.*S3_BUCKET/,
  );
  const closed = await openEndpoint((_, response) => refuse(response, 403, "AccessDenied"));
  await expect(checkBucket(closed)).rejects.toThrow(/cannot be used.*AccessDenied.*credentials/);
  await checkBucket(place);
});

it("at the start a bucket that does not answer is waited for, then an error is thrown", async () => {
  let asked = 0;
  const busy = await openEndpoint((_, response) => {
    asked += 1;
    // More often than the library alone retries.
    if (asked <= 4) refuse(response, 503, "SlowDown");
    else response.end(listing([]));
  });
  await checkBucket(busy);
  expect(asked).toBe(5);
  const broken = await openEndpoint((_, response) => refuse(response, 500, "InternalError"));
  await expect(checkBucket(broken, 0)).rejects.toThrow(
    /does not answer: InternalError.*Waited 0 s\. Is it up, and is S3_ENDPOINT right\?/,
  );
});

it("all pages of a listing are read", async () => {
  const paged = await openEndpoint(({ url }, response) =>
    url?.includes("continuation-token=more")
      ? response.end(listing(["winnow/t/b"]))
      : response.end(listing(["winnow/t/a"], "more")),
  );
  expect(await (await s3CheckpointStore(paged, "t")).names()).toEqual(["a", "b"]);
});

it("a full bucket is storage-full", async () => {
  const full = await openEndpoint((_, response) => refuse(response, 507, "XMinioStorageFull"));
  await expect(
    (await s3CheckpointStore(full, "t", 0)).write("x", state("x")),
  ).rejects.toMatchObject({
    code: "storage-full",
    message: expect.stringContaining(full.endpoint),
  });
});

it("the place is not changed: a trainer's child validates it and allows no other keys", async () => {
  const before = structuredClone(place);
  await checkBucket(place);
  expect(place).toEqual(before);
  expect(CheckpointPlace.safeParse(place).success).toBe(true);
});
