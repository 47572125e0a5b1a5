import { randomFillSync } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Job } from "@winnow/contracts";
import { requestCancel } from "@winnow/store";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { claimsTooMany } from "../../support/hostile-parquet.js";
import { ended, eventually, jobOf, makeCsv, postIngest, succeeded } from "../../support/jobs.js";
import { openService, type TestService } from "../../support/service.js";
import { childrenOf, isAlive } from "../../support/worker-fixture.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const STALL_MS = 8_000;

let service: TestService;

beforeAll(async () => {
  service = await openService({
    api: { PREVIEW_MEMORY_MB: "200", PREVIEW_TIMEOUT_MS: "60000" },
    worker: { READER_MEMORY_MB: "200", READER_STALL_MS: String(STALL_MS), CPU_CONCURRENCY: "1" },
  });
});

afterAll(async () => {
  await service?.close();
});

const ingest = (content: string | Uint8Array, format: object): Promise<string> =>
  postIngest(service.fixture, content, { format });

/** Whoever served before still does. */
async function expectUnharmed(): Promise<void> {
  expect(service.api.child.exitCode ?? service.api.child.signalCode).toBeNull();
  expect(service.worker.child.exitCode ?? service.worker.child.signalCode).toBeNull();
  await succeeded(service.fixture.store, await ingest(makeCsv(50), { type: "csv" }));
}

async function preview(
  content: Uint8Array<ArrayBuffer>,
): Promise<{ status: number; code: string }> {
  const id = await service.upload(content);
  const answer = await fetch(`${service.api.url}/v1/uploads/${id}/preview`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  const { code } = (await answer.json()) as { code: string };
  return { status: answer.status, code };
}

/** A packed parquet file is held in memory, up to 256 MB of it. */
function costly(): Uint8Array<ArrayBuffer> {
  const bytes = randomFillSync(Buffer.alloc(120 * 2 ** 20));
  bytes.write("PAR1");
  return new Uint8Array(gzipSync(bytes, { level: 0 }));
}

it("a parquet file whose page claims 2^31 values ends neither API nor worker", async () => {
  const file = claimsTooMany();
  expect(file.length).toBeLessThan(400);
  expect(await preview(file)).toMatchObject({ status: 422, code: "corpus-invalid" });
  const job = await ended(service.fixture.store, await ingest(file, { type: "parquet" }));
  expect(job).toMatchObject({ state: "failed", attempt: 1, error: { code: "corpus-invalid" } });
  expect(job.error?.detail).toContain("a page of 2147483647 values where at most 3 can follow");
  await expectUnharmed();
});

it("a file that takes more memory than a reader may fails its job or its preview, once, and says so", async () => {
  const file = costly();
  expect(await preview(file)).toMatchObject({ status: 422, code: "file-too-costly" });
  const job: Job = await ended(service.fixture.store, await ingest(file, { type: "parquet" }));
  expect(job).toMatchObject({ state: "failed", attempt: 1, error: { code: "file-too-costly" } });
  expect(job.error?.detail).toMatch(/more than 200 MB of memory/);
  await expectUnharmed();
});

/** An ingest that takes a while, once its reader reads. */
async function longIngest(): Promise<{ jobId: string; reader: number }> {
  const jobId = await ingest(makeCsv(600_000), { type: "csv", idColumn: "id" });
  const reader = await eventually("a reader", async () => {
    const { progress } = await jobOf(service.fixture.store, jobId);
    return (progress?.done ?? 0) > 0 && childrenOf(service.worker).find(isAlive);
  });
  return { jobId, reader };
}

it("a reader that gets no further is ended, and its job says after how many bytes", async () => {
  const { jobId, reader } = await longIngest();
  process.kill(reader, "SIGSTOP");
  const job = await ended(service.fixture.store, jobId);
  expect(job).toMatchObject({ state: "failed", attempt: 1, error: { code: "file-too-costly" } });
  expect(job.error?.detail).toMatch(/after \d+ bytes of it it gets no further for 8 s/);
  expect(isAlive(reader)).toBe(false);
  await expectUnharmed();
});

it("a reader that is killed is not the file's fault: the next attempt reads it", async () => {
  const { jobId, reader } = await longIngest();
  process.kill(reader, "SIGKILL");
  const job = await succeeded(service.fixture.store, jobId);
  expect(job.attempt).toBe(2);
  expect(job.result?.rows).toBe(600_000);
});

it("a cancelled ingest ends its reader", async () => {
  const { jobId, reader } = await longIngest();
  await requestCancel(service.fixture.store, jobId);
  expect(await ended(service.fixture.store, jobId)).toMatchObject({ state: "cancelled" });
  await eventually("the reader's end", async () => !isAlive(reader), 5_000);
  await expectUnharmed();
});

it("a reader ends with its worker", async () => {
  const worker = await service.fixture.startWorker({ WORKER_ROLES: "cpu,orchestrator" });
  await service.worker.stop();
  const jobId = await ingest(makeCsv(600_000), { type: "csv", idColumn: "id" });
  const reader = await eventually("a reader", async () => childrenOf(worker).find(isAlive));
  await worker.kill();
  await eventually("the reader's end", async () => !isAlive(reader), 2_000);
  await requestCancel(service.fixture.store, jobId);
});
