import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type S3Server, startS3Server } from "../../../../test/support/s3-server.js";
import { CheckpointPlace, type S3Place } from "./checkpoint-place.js";
import { openCheckpoints } from "./checkpoints.js";
import { checkBucket, s3Shelf } from "./s3-shelf.js";
import { ShelfUnreachable } from "./shelf.js";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let server: S3Server;
let place: S3Place;

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
  await server.close();
});

const state = (text: string) => new TextEncoder().encode(text.repeat(5_000));
const textOf = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes).slice(0, 3);

async function open(attempt: number, taskId = "task_1") {
  const faults: string[] = [];
  const checkpoints = openCheckpoints({
    shelf: await s3Shelf(place, taskId),
    attempt,
    intervalMs: 0,
    stopping: () => false,
    onStopped: () => {},
    onFault: (message) => faults.push(message),
  });
  return { checkpoints, faults };
}

it("another worker goes on from the last state in the bucket; two are kept, each task has its own", async () => {
  const { checkpoints } = await open(1);
  expect(await checkpoints.load()).toBeNull();
  for (const text of ["one", "two", "six"]) await checkpoints.save(state(text));
  const shelf = await s3Shelf(place, "task_1");
  expect((await shelf.names()).sort()).toEqual(["00000002-1.checkpoint", "00000003-1.checkpoint"]);
  const next = await open(2);
  expect(textOf(await next.checkpoints.load())).toBe("six");
  expect(await (await open(1, "task_2")).checkpoints.load()).toBeNull();
  await next.checkpoints.clear();
  expect(await shelf.names()).toEqual([]);
});

it("an object that is damaged is passed over for the one before, and removed", async () => {
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
  expect(next.faults).toEqual(["the checkpoint 00000002-1.checkpoint is broken; passed over"]);
  expect(await (await s3Shelf(place, "task_3")).names()).toEqual(["00000001-1.checkpoint"]);
});

it("a bucket that does not answer is told from one that refuses", async () => {
  const away = { ...place, endpoint: "http://127.0.0.1:1" };
  await expect((await s3Shelf(away, "t", 1)).write("x", state("x"))).rejects.toBeInstanceOf(
    ShelfUnreachable,
  );
  const nowhere = { ...place, bucket: "nowhere" };
  await expect((await s3Shelf(nowhere, "t", 1)).write("x", state("x"))).rejects.toMatchObject({
    code: "training-failed",
    message: expect.stringContaining(`nowhere at ${server.url} refuses a checkpoint: NoSuchBucket`),
  });
  await expect(checkBucket(nowhere)).rejects.toThrow(/nowhere at .*NoSuchBucket.*S3_BUCKET/);
  await checkBucket(place);
});

it("a bucket without room is storage-full", async () => {
  const door = createServer((incoming, answer) => {
    incoming.resume();
    answer.writeHead(507, { "content-type": "application/xml" });
    answer.end("<Error><Code>XMinioStorageFull</Code><Message>no room</Message></Error>");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => door.once("listening", resolve));
  const endpoint = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  await expect(
    (await s3Shelf({ ...place, endpoint }, "t", 1)).write("x", state("x")),
  ).rejects.toMatchObject({ code: "storage-full", message: expect.stringContaining(endpoint) });
  door.close();
  door.closeAllConnections();
});

it("the place is left as it was: a trainer's child checks it, and knows no other keys", async () => {
  const before = structuredClone(place);
  await checkBucket(place);
  expect(place).toEqual(before);
  expect(CheckpointPlace.safeParse(place).success).toBe(true);
});
