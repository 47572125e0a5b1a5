import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { listEvents } from "@winnow/store";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import {
  ended,
  eventually,
  makeCsv,
  postIngest,
  postTraining,
  succeeded,
} from "../../support/jobs.js";
import { probabilitiesOf } from "../../support/probabilities.js";
import { type S3Server, startS3Server } from "../../support/s3-server.js";
import { openWorkerFixture, type WorkerFixture } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 600_000 });

/** For a busy machine. */
const PATIENT_MS = 400_000;
/** A few seconds of training, in epochs of many steps. */
const LONG = { training: { epochs: 5, batchSize: 2 }, folds: 2 };

let fixture: WorkerFixture;
let s3: S3Server;
let often: Record<string, string>;
let datasetId: string;
let uninterrupted: number[][];
const machines: string[] = [];

beforeAll(async () => {
  [fixture, s3] = await Promise.all([openWorkerFixture(), startS3Server()]);
  often = { ...s3.env, TRAINER_CONCURRENCY: "1", CHECKPOINT_INTERVAL_MS: "100" };
  const worker = await fixture.startWorker(often);
  const ingest = await succeeded(
    fixture.store,
    await postIngest(fixture, makeCsv(120)),
    PATIENT_MS,
  );
  datasetId = ingest.datasetId as string;
  const job = await succeeded(
    fixture.store,
    await postTraining(fixture.store, datasetId, LONG),
    PATIENT_MS,
  );
  uninterrupted = await probabilitiesOf(fixture.store, job.crossValidationId as string);
  await worker.stop();
  await fixture.startWorker({ ...often, WORKER_ROLES: "cpu,orchestrator" });
}, 600_000);

afterAll(async () => {
  await fixture.close();
  await s3.close();
  for (const folder of machines) rmSync(folder, { recursive: true, force: true });
});

const savedStates = async () => (await saved()).filter((key) => key.endsWith(".checkpoint"));

/** A worker that trains and shares no folder with any other. */
const startElsewhere = (env: Record<string, string> = often) => {
  const folder = mkdtempSync(join(tmpdir(), "winnow-machine-"));
  machines.push(folder);
  return fixture.startWorker({ ...env, WORKER_ROLES: "trainer", STORAGE_DIR: folder });
};

/** The keys in the bucket. */
async function saved(): Promise<string[]> {
  const { S3Client, ListObjectsV2Command } = await import("@aws-sdk/client-s3");
  const client = new S3Client({
    region: "us-east-1",
    endpoint: s3.url,
    forcePathStyle: true,
    credentials: { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" },
  });
  const found = await client.send(new ListObjectsV2Command({ Bucket: "checkpoints" }));
  client.destroy();
  return (found.Contents ?? []).map(({ Key }) => String(Key));
}

const resumedSteps = async (jobId: string) =>
  (await listEvents(fixture.store, jobId, undefined, 1000)).data
    .filter(({ data }) => data.message === "resumed")
    .map(({ data }) => data.step as number);

it("a fold resumes on a worker that shares only the bucket, bit for bit; then the bucket is empty", async () => {
  const worker = await startElsewhere();
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  const states = await eventually("two states", async () => {
    const found = await savedStates();
    return found.length >= 2 && found;
  });
  for (const key of states) expect(key).toMatch(/^winnow\/checkpoints\/task_[^/]+\/\d{8}-1\.check/);
  await worker.kill();
  const next = await startElsewhere();
  const job = await succeeded(fixture.store, jobId, PATIENT_MS);
  expect((await resumedSteps(jobId))[0]).toBeGreaterThan(0);
  expect(await probabilitiesOf(fixture.store, job.crossValidationId as string)).toEqual(
    uninterrupted,
  );
  await eventually("the states to go", async () => (await saved()).length === 0, 60_000);
  for (const folder of machines) expect(readdirSync(folder)).not.toContain("checkpoints");
  await next.stop();
});

it("a short outage of the bucket fails no fold", async () => {
  const worker = await startElsewhere();
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  await eventually("two states", async () => (await savedStates()).length >= 2);
  await s3.stop();
  await sleep(2_000);
  await s3.start();
  const job = await succeeded(fixture.store, jobId, PATIENT_MS);
  expect(job.attempt).toBe(1);
  expect(await probabilitiesOf(fixture.store, job.crossValidationId as string)).toEqual(
    uninterrupted,
  );
  await worker.stop();
});

it("a full bucket fails the job with storage-full; the worker stays up", async () => {
  const full = await openFullBucket(s3.url);
  const worker = await startElsewhere({ ...often, S3_ENDPOINT: full.url });
  const jobId = await postTraining(fixture.store, datasetId, LONG);
  const job = await ended(fixture.store, jobId, PATIENT_MS);
  expect(job).toMatchObject({ state: "failed", error: { code: "storage-full", status: 507 } });
  expect(job.error?.detail).toContain(`checkpoints at ${full.url}`);
  full.makeRoom();
  await succeeded(
    fixture.store,
    await postTraining(fixture.store, datasetId, { training: { epochs: 1 } }),
    PATIENT_MS,
  );
  expect(await worker.stop()).toBe(0);
  full.close();
});

it("a missing bucket and inconsistent settings end the worker with the reason", async () => {
  await expect(startElsewhere({ ...often, S3_BUCKET: "nowhere" })).rejects.toThrow(
    /bucket nowhere at .* cannot be used.*NoSuchBucket.*S3_BUCKET/s,
  );
  await expect(startElsewhere({ CHECKPOINT_STORE: "s3", S3_ACCESS_KEY_ID: "a" })).rejects.toThrow(
    /S3_BUCKET: must be set.*S3_SECRET_ACCESS_KEY; set both/s,
  );
});

/** A proxy of the real server that answers every PUT like a full MinIO, until it has space again. */
async function openFullBucket(target: string) {
  let isFull = true;
  const server = createServer((incoming, answer) => {
    if (isFull && incoming.method === "PUT") {
      incoming.resume();
      answer.writeHead(507, { "content-type": "application/xml" });
      answer.end("<Error><Code>XMinioStorageFull</Code><Message>no room</Message></Error>");
      return;
    }
    const { method, headers, url = "/" } = incoming;
    const passed = request(new URL(url, target), { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    incoming.pipe(passed);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    makeRoom: () => {
      isFull = false;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
