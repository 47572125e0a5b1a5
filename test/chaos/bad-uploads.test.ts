import { ERRORS, type Job, type Reject } from "@winnow/contracts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { openService, peakMemory, type TestService } from "../support/service.js";
import { type BadFile, badFile, KINDS } from "./bad-files.js";
import { chaosOf } from "./chaos.js";
import { scaled } from "./scale.js";

vi.setConfig({ testTimeout: 3_600_000 });

const FILES = scaled({ full: 10_000, short: 54 });
const LANES = 8;
/** The time limit for one file; the short set runs beside other tests, where it only detects a hang. */
const HANG_MS = scaled({ full: 5_000, short: 60_000 });
const MEMORY_BYTES = 512e6;
/** At the cap; or before it, where the first bytes tell that there is no row to come. */
const BOMB_CODES = ["decompressed-too-large", "binary-file", "no-rows-kept"];

let service: TestService;

beforeAll(async () => {
  service = await openService({ api: { LOG_LEVEL: "error" }, worker: { LOG_LEVEL: "error" } });
});

afterAll(() => service.close());

/** Requests, and how the slowest of them and the slowest job did. */
const seen = { requests: 0, slowestMs: 0, slowest: "" };

async function request(what: BadFile, method: string, path: string, body?: unknown) {
  const isFile = body instanceof Buffer;
  const startedAt = performance.now();
  const response = await fetch(`${service.api.url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: isFile ? body : JSON.stringify(body) }),
    ...(body === undefined
      ? {}
      : { headers: { "content-type": isFile ? "application/octet-stream" : "application/json" } }),
    signal: AbortSignal.timeout(90_000),
  } as RequestInit);
  const text = await response.text();
  // A long poll waits on purpose; what it waits for is measured by itself.
  if (!path.includes("wait="))
    note(performance.now() - startedAt, `${what.kind}: ${method} ${path}`);
  seen.requests += 1;
  expect(response.status, `${what.kind}: ${method} ${path}: ${text}`).toBeLessThan(500);
  return { status: response.status, json: text === "" ? null : JSON.parse(text) };
}

function note(ms: number, what: string): void {
  if (ms <= seen.slowestMs) return;
  Object.assign(seen, { slowestMs: Math.round(ms), slowest: what });
}

let previews: Promise<void> = Promise.resolve();

/** Sends the file, has it previewed now and then, and ingests it; the ended job, or null if refused. */
async function ingest(file: BadFile, preview: boolean): Promise<Job | null> {
  const upload = await request(file, "POST", "/v1/uploads", file.content);
  if (upload.status !== 201) return null;
  const uploadId = upload.json.id as string;
  if (preview) {
    // One at a time: of more than two at once the API turns the third away, as it says it does.
    previews = previews.then(async () => {
      await request(file, "POST", `/v1/uploads/${uploadId}/preview`, {});
    });
    await previews;
  }
  const posted = await request(file, "POST", "/v1/jobs/dataset-ingest", {
    name: file.kind,
    source: { type: "upload", uploadId },
    format: file.format,
  });
  expect(posted.status, JSON.stringify(posted.json)).toBe(202);
  for (;;) {
    const { json } = await request(file, "GET", `/v1/jobs/${posted.json.id}?wait=30`);
    const job = json as Job;
    if (job.finishedAt === null) continue;
    const { startedAt, finishedAt } = job;
    if (startedAt) note(Date.parse(finishedAt) - Date.parse(startedAt), `${file.kind}: its job`);
    return job;
  }
}

/** Every line is kept or rejected, and every reject says where and why. Returns how many there are. */
async function checkRejects(file: BadFile, job: Job): Promise<number> {
  const path = `/v1/datasets/${job.datasetId}`;
  const { json: profile } = await request(file, "GET", `${path}/profile`);
  const lines = file.content.filter((byte) => byte === 10 || byte === 13).length + 1;
  const isPacked = file.content[0] === 0x1f && file.content[1] === 0x8b;
  let rejects = 0;
  let cursor = "";
  do {
    const { json } = await request(file, "GET", `${path}/rejects?limit=1000${cursor}`);
    const isTold = ({ line, reason, detail }: Reject) =>
      line > 0 && (isPacked || line <= lines) && /^[a-z0-9-]+$/.test(reason) && /\S/.test(detail);
    expect(
      json.data.filter((reject: Reject) => !isTold(reject)),
      file.kind,
    ).toEqual([]);
    rejects += json.data.length;
    cursor = json.nextCursor ? `&cursor=${json.nextCursor}` : "";
  } while (cursor !== "");
  expect(profile.kept + rejects, file.kind).toBe(profile.rowsRead);
  return rejects;
}

it("bad uploads do no harm: rows, rejects with line and reason, or one clear error", async (context) => {
  const chaos = chaosOf(context);
  const told = { files: 0, rows: 0, rejects: 0, refused: 0, bombs: 0 };
  const kinds = new Set<string>();
  const codes = new Set<string>();
  const one = async (file: BadFile, preview: boolean) => {
    const job = await ingest(file, preview);
    told.files += 1;
    kinds.add(file.kind);
    if (job?.state === "succeeded") {
      expect(file.kind).not.toBe("gzip bomb");
      told.rows += Number(job.result?.rows);
      // `+= await` would read the sum before the other lanes have added theirs.
      const rejects = await checkRejects(file, job);
      told.rejects += rejects;
    } else if (job) {
      const { code = "", status = 0, detail } = job.error ?? {};
      const said = `${file.kind} (${JSON.stringify(file.format)}): ${JSON.stringify(job.error)}`;
      expect(Object.keys(ERRORS), said).toContain(code);
      expect(status, said).toBeLessThan(500);
      expect(detail).toMatch(/\S/);
      if (file.kind === "gzip bomb") {
        expect(BOMB_CODES, said).toContain(code);
        told.bombs += 1;
      }
      codes.add(code);
      told.refused += 1;
    } else told.refused += 1;
    if (job) await request(file, "DELETE", `/v1/datasets/${job.datasetId}`);
    const memory = { worker: peakMemory(service.worker), api: peakMemory(service.api) };
    chaos.tell({
      ...told,
      requests: seen.requests,
      "slowest ms": seen.slowestMs,
      slowest: seen.slowest,
      "worker MB": Math.round(memory.worker / 1e6),
      "api MB": Math.round(memory.api / 1e6),
    });
    expect(Math.max(memory.worker, memory.api), file.kind).toBeLessThan(MEMORY_BYTES);
    expect(seen.slowestMs, seen.slowest).toBeLessThan(HANG_MS);
  };
  let next = 0;
  // Each takes the next file when it is done with its own: one slow file holds nobody up.
  const lane = async () => {
    while (next < FILES) {
      const number = next++;
      await one(await badFile(chaos, number), number % 10 === 0);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  chaos.tell({ ...told, codes: codes.size });
  expect([...kinds].sort()).toEqual([...KINDS].sort());
  // The generator is worth something only while all three outcomes come.
  expect(told.rows).toBeGreaterThan(FILES);
  expect(told.rejects).toBeGreaterThan(FILES);
  expect(told.refused).toBeGreaterThan(FILES / 10);
  expect(service.worker.child.exitCode).toBeNull();
});
