import { ERRORS, type Job } from "@winnow/contracts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { claimsTooMany } from "../support/hostile-parquet.js";
import { postIngest } from "../support/jobs.js";
import { openService, peakMemory, type TestService } from "../support/service.js";
import { childrenOf } from "../support/worker-fixture.js";
import { chaosOf } from "./chaos.js";
import { MUTANT_KINDS, mutant } from "./parquet-mutants.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 7_200_000, hookTimeout: 600_000 });

const FILES = scaled({ full: 10_000, short: 44 });
const LANES = 6;
/** Finding the readers takes a look at every process of the machine. */
const LOOK_EVERY = 10;
/** The time limit for one file; the short set runs beside other tests, where it only detects a hang. */
const HANG_MS = scaled({ full: 5_000, short: 120_000 });
const MEMORY_BYTES = 512e6;

let service: TestService;

beforeAll(async () => {
  service = await openService({ api: { LOG_LEVEL: "error" }, worker: { LOG_LEVEL: "error" } });
});

afterAll(() => service?.close());

const seen = { slowestMs: 0, slowest: "", readerMb: 0 };

function note(startedAt: number, what: string): void {
  const ms = Math.round(performance.now() - startedAt);
  if (ms > seen.slowestMs) Object.assign(seen, { slowestMs: ms, slowest: what });
}

/** One at a time: of more than two at once the API turns the third away, as it says it does. */
let previews: Promise<unknown> = Promise.resolve();

async function preview(uploadId: string, kind: string): Promise<string> {
  const startedAt = performance.now();
  const answer = await fetch(`${service.api.url}/v1/uploads/${uploadId}/preview`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  const body = (await answer.json()) as { code?: string; detail?: string };
  note(startedAt, `${kind}: its preview`);
  expect(answer.status, `${kind}: ${JSON.stringify(body)}`).toBeLessThan(500);
  return body.code ?? "";
}

async function ingest(content: Buffer<ArrayBuffer>, kind: string): Promise<Job> {
  const jobId = await postIngest(service.fixture, content, {
    name: kind,
    format: { type: "parquet" },
  });
  const job = await service.ended(jobId);
  const { startedAt, finishedAt } = job;
  const took = startedAt && finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt) : 0;
  note(performance.now() - took, `${kind}: its job`);
  const said = `${kind}: ${JSON.stringify(job.error)}`;
  if (job.state !== "succeeded") {
    expect(Object.keys(ERRORS), said).toContain(job.error?.code);
    expect(job.error?.status, said).toBeLessThan(500);
  }
  await service.client.call("deleteDataset", { params: { id: job.datasetId! } });
  return job;
}

/** Of the readers that there are now, the largest that any of them was. */
function noteReaders(): void {
  for (const pid of [...childrenOf(service.worker), ...childrenOf(service.api)]) {
    try {
      seen.readerMb = Math.max(seen.readerMb, Math.round(peakMemory({ pid }) / 1e6) || 0);
    } catch {
      // It has just ended.
    }
  }
}

it("hostile parquet ends nobody's process: rows, or one clear error, in bounded memory and time", async (context) => {
  const chaos = chaosOf(context);
  const told = { files: 0, previews: 0, succeeded: 0, refused: 0, "readers ended": 0 };
  const kinds = new Set<string>();
  const one = async (kind: string, content: Buffer<ArrayBuffer>) => {
    kinds.add(kind);
    const uploadId = await service.upload(content);
    previews = previews.then(() => preview(uploadId, kind));
    const codes = [await previews];
    const job = await ingest(content, kind);
    if (job.error) codes.push(job.error.code);
    told.files += 1;
    told.previews += 1;
    if (job.state === "succeeded") told.succeeded += 1;
    else told.refused += 1;
    if (codes.includes("file-too-costly")) told["readers ended"] += 1;
    if (told.files % LOOK_EVERY === 0) noteReaders();
    const memory = { worker: peakMemory(service.worker), api: peakMemory(service.api) };
    chaos.tell({
      ...told,
      "slowest ms": seen.slowestMs,
      slowest: seen.slowest,
      "worker MB": Math.round(memory.worker / 1e6),
      "api MB": Math.round(memory.api / 1e6),
      "reader MB": seen.readerMb,
    });
    expect(Math.max(memory.worker, memory.api, seen.readerMb * 1e6), kind).toBeLessThan(
      MEMORY_BYTES,
    );
    expect(seen.slowestMs, seen.slowest).toBeLessThan(HANG_MS);
  };
  await one("2^31 values", Buffer.from(claimsTooMany()));
  let next = 0;
  const lane = async () => {
    while (next < FILES) {
      const { kind, content } = mutant(chaos, next++);
      await one(kind, content);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  expect([...kinds].sort()).toEqual([...MUTANT_KINDS, "2^31 values"].sort());
  // The generator is worth something only while both outcomes come.
  expect(told.succeeded).toBeGreaterThan(FILES / 100);
  expect(told.refused).toBeGreaterThan(FILES / 4);
  for (const { child } of [service.api, service.worker]) {
    expect(child.exitCode ?? child.signalCode).toBeNull();
  }
});
