import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildApp, createLogger } from "@winnow/api";
import type { Upload } from "@winnow/contracts";
import { openStore, removeAbandonedUploads } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import { soon } from "../../support/jobs.js";

const MAX_UPLOAD_BYTES = 1 << 20;
let api: TestApi;
let url: string;

beforeAll(async () => {
  api = await openTestApi({ config: { maxUploadBytes: MAX_UPLOAD_BYTES } });
  url = await api.listen();
});
afterAll(() => api.close());

const sha256 = (data: Buffer) => createHash("sha256").update(data).digest("hex");
const fileOf = (uploadId: string) => join(api.storageDir, "uploads", uploadId);

/** Bytes that look random and are the same at every call. */
function makeBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0, state = 1; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

function begin(length: number | string, headers: Record<string, string> = {}) {
  return api.app.inject({
    method: "POST",
    url: "/v1/uploads",
    headers: { "upload-length": String(length), ...headers },
  });
}

const beginUpload = async (length: number) => (await begin(length)).json<Upload>().id;
const look = async (uploadId: string) =>
  (await api.app.inject(`/v1/uploads/${uploadId}`)).json<Upload>();

interface Answer {
  statusCode: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** PATCHes over a real socket; `slices` go out one by one, after which the body ends. */
function patch(
  uploadId: string,
  range: string | undefined,
  slices: readonly Buffer[],
  options: { base?: string; headers?: Record<string, string | number>; pauseMs?: number } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sending = request(
      `${options.base ?? url}/v1/uploads/${uploadId}`,
      {
        method: "PATCH",
        headers: {
          "content-type": "application/octet-stream",
          ...(range === undefined ? {} : { "content-range": range }),
          ...options.headers,
        },
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (text) => {
          body += text;
        });
        response.on("end", () =>
          resolve({ statusCode: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    sending.on("error", reject);
    void (async () => {
      for (const slice of slices) {
        sending.write(slice);
        await sleep(options.pauseMs ?? 0);
      }
      sending.end();
    })();
  });
}

const rangeOf = (first: number, end: number, total: number) => `bytes ${first}-${end - 1}/${total}`;
const slice = (data: Buffer, first: number, end: number, uploadId: string) =>
  patch(uploadId, rangeOf(first, end, data.length), [data.subarray(first, end)]);

describe("an upload in parts", () => {
  it("starts empty, grows, and is complete with its last byte", async () => {
    const data = makeBytes(300_000);
    const begun = await begin(data.length);
    expect(begun.statusCode).toBe(201);
    const upload = begun.json<Upload>();
    expect(upload).toMatchObject({ bytes: data.length, received: 0, sha256: null });
    expect(begun.headers.location).toBe(`/v1/uploads/${upload.id}`);

    const first = await slice(data, 0, 100_000, upload.id);
    expect([first.statusCode, JSON.parse(first.body)]).toEqual([
      200,
      { ...upload, received: 100_000 },
    ]);
    expect(await look(upload.id)).toEqual({ ...upload, received: 100_000 });
    await slice(data, 100_000, 100_001, upload.id);
    const last = await slice(data, 100_001, 300_000, upload.id);
    const whole = { ...upload, received: 300_000, sha256: sha256(data) };
    expect([last.statusCode, JSON.parse(last.body)]).toEqual([200, whole]);
    expect(await look(upload.id)).toEqual(whole);
    expect(readFileSync(fileOf(upload.id))).toEqual(data);
    expect(existsSync(`${fileOf(upload.id)}.part`)).toBe(false);
  });

  it("can be used once it is complete, and not before", async () => {
    const data = Buffer.from("a_!_b\n");
    const uploadId = await beginUpload(data.length);
    const payload = {
      name: "a",
      source: { type: "upload", uploadId },
      format: { type: "toutiao" },
    };
    const ingest = () =>
      api.app.inject({ method: "POST", url: "/v1/jobs/dataset-ingest", payload });
    const preview = () =>
      api.app.inject({ method: "POST", url: `/v1/uploads/${uploadId}/preview`, payload: {} });
    await slice(data, 0, 3, uploadId);
    expectProblem(await ingest(), "upload-incomplete");
    expectProblem(await preview(), "upload-incomplete");
    await slice(data, 3, data.length, uploadId);
    expect((await ingest()).statusCode).toBe(202);
    expect((await preview()).statusCode).toBe(200);
  });

  it("continues only where it stopped, and says where that is", async () => {
    const data = makeBytes(1_000);
    const uploadId = await beginUpload(data.length);
    await slice(data, 0, 400, uploadId);
    for (const [first, end] of [
      [0, 400],
      [399, 500],
      [401, 500],
      [999, 1000],
    ] as const) {
      const problem = expectProblem(await slice(data, first, end, uploadId), "upload-conflict");
      expect(problem.detail).toContain("has received 400 of 1000 bytes; continue at byte 400");
      expect(problem.errors).toEqual([
        { pointer: "/headers/content-range", detail: "received: 400" },
      ]);
    }
    expect(await look(uploadId)).toMatchObject({ received: 400 });
    await slice(data, 400, 1000, uploadId);
    const problem = expectProblem(await slice(data, 400, 1000, uploadId), "upload-conflict");
    expect(problem.detail).toContain("has received 1000 of 1000 bytes");
    expect(sha256(readFileSync(fileOf(uploadId)))).toBe(sha256(data));
  });

  it("survives connections that break at 20 random places", async () => {
    const data = makeBytes(MAX_UPLOAD_BYTES);
    const uploadId = await beginUpload(data.length);
    let draw = 42;
    for (let i = 0; i < 20; i++) {
      const { received } = await look(uploadId);
      draw = (Math.imul(draw, 1_664_525) + 1_013_904_223) >>> 0;
      const breakAfter = 1 + (draw % 60_000);
      const now = await breakOff(uploadId, data, received, breakAfter);
      expect(now).toBeGreaterThan(received);
      expect(now).toBeLessThanOrEqual(received + breakAfter);
    }
    const { received } = await look(uploadId);
    const done = await slice(data, received, data.length, uploadId);
    expect(JSON.parse(done.body)).toMatchObject({ received: data.length, sha256: sha256(data) });
  });

  it("whose process died before the last step is completed by a range without bytes", async () => {
    const data = makeBytes(5_000);
    for (const suffix of [".part", ""]) {
      const uploadId = await beginUpload(data.length);
      expectProblem(await patch(uploadId, "bytes */5000", []), "upload-conflict");
      // As a kill leaves it before the renaming, or after it.
      writeFileSync(fileOf(uploadId) + suffix, data);
      expect(await look(uploadId)).toMatchObject({ received: 5_000, sha256: null });
      const done = await patch(uploadId, "bytes */5000", []);
      expect(JSON.parse(done.body)).toMatchObject({ received: 5_000, sha256: sha256(data) });
      expect(readFileSync(fileOf(uploadId))).toEqual(data);
      expect((await patch(uploadId, "bytes */5000", [])).statusCode).toBe(200);
    }
  });
});

describe("one writer at a time", () => {
  it("one of ten requests for the same bytes succeeds", async () => {
    const data = makeBytes(200_000);
    const uploadId = await beginUpload(data.length);
    const halves = [data.subarray(0, 100_000), data.subarray(100_000)];
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        patch(uploadId, rangeOf(0, data.length, data.length), halves, { pauseMs: 100 }),
      ),
    );
    expect(answers.filter((answer) => answer.statusCode === 200)).toHaveLength(1);
    for (const answer of answers) {
      if (answer.statusCode !== 200) expectProblem(answer, "upload-conflict");
    }
    expect(await look(uploadId)).toMatchObject({ received: data.length, sha256: sha256(data) });
  });

  it("in any process, until the connection that holds the lock is gone", async () => {
    const store = openStore({ databaseUrl: api.databaseUrl, applicationName: "other" });
    const other = await buildApp({
      store,
      config: {
        storageDir: api.storageDir,
        maxUploadBytes: MAX_UPLOAD_BYTES,
        ingestRoot: undefined,
      },
      logger: createLogger("silent"),
    });
    const base = await other.listen({ host: "127.0.0.1", port: 0 });
    try {
      const data = makeBytes(90_000);
      const uploadId = await beginUpload(data.length);
      const range = rangeOf(0, data.length, data.length);
      const thirds = [0, 1, 2].map((i) => data.subarray(i * 30_000, (i + 1) * 30_000));
      const slow = patch(uploadId, range, thirds, { pauseMs: 700 });
      await soon("the first bytes", async () => (await look(uploadId)).received > 0);
      const refused = await patch(uploadId, range, [data], { base });
      expect(expectProblem(refused, "upload-conflict").detail).toContain("Another request");

      await poolOf(api.store).query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
      expectProblem(await slow, "not-ready");
      const { received } = await look(uploadId);
      expect(received).toBeGreaterThanOrEqual(30_000);
      const rest = rangeOf(received, data.length, data.length);
      const done = await patch(uploadId, rest, [data.subarray(received)], { base });
      expect(JSON.parse(done.body)).toMatchObject({ sha256: sha256(data) });
    } finally {
      await other.close();
      await store.close();
    }
  });

  it("many uploads at once use one connection, which is returned", async () => {
    const data = makeBytes(60_000);
    const halves = [data.subarray(0, 30_000), data.subarray(30_000)];
    const ids = await Promise.all(Array.from({ length: 20 }, () => beginUpload(data.length)));
    const sending = ids.map((uploadId) =>
      patch(uploadId, rangeOf(0, data.length, data.length), halves, { pauseMs: 500 }),
    );
    await soon("twenty locks", async () => (await advisoryLocks()).locks === 20);
    expect(await advisoryLocks()).toEqual({ locks: 20, connections: 1 });
    for (const answer of await Promise.all(sending)) expect(answer.statusCode).toBe(200);
    expect(await advisoryLocks()).toEqual({ locks: 0, connections: 0 });
    expect(poolOf(api.store).idleCount).toBe(poolOf(api.store).totalCount);
  });
});

describe("refused requests", () => {
  it.each([
    ["no range", undefined, 10],
    ["another unit", "lines 0-9/100", 10],
    ["no total", "bytes 0-9/*", 10],
    ["a range that ends before it begins", "bytes 9-0/100", 10],
    ["a range beyond the end", "bytes 95-104/100", 10],
    ["another total", "bytes 0-9/101", 10],
    ["a body shorter than its range", "bytes 0-9/100", 9],
    ["a body longer than its range", "bytes 0-9/100", 11],
    ["a body where there should be none", "bytes */100", 1],
    ["huge numbers", `bytes 0-9/${"9".repeat(30)}`, 10],
  ] as const)("%s", async (_, range, length) => {
    const uploadId = await beginUpload(100);
    const body = Buffer.alloc(length);
    const headers = { "content-length": length };
    const announced = await patch(uploadId, range, [body], { headers });
    expect(expectProblem(announced, "validation-failed").errors.map((e) => e.pointer)).toEqual([
      "/headers/content-range",
    ]);
    expect((await look(uploadId)).received).toBe(0);
  });

  it("a body of unknown length that does not fit its range", async () => {
    const uploadId = await beginUpload(100);
    const long = await patch(uploadId, "bytes 0-9/100", [Buffer.alloc(11)]);
    expectProblem(long, "validation-failed");
    expect((await look(uploadId)).received).toBe(0);
    const short = await patch(uploadId, "bytes 0-9/100", [Buffer.alloc(4)]);
    expectProblem(short, "validation-failed");
    expect((await look(uploadId)).received).toBe(4);
  });

  it("lengths that are invalid, too large, or come with a body", async () => {
    for (const length of ["", "-1", "1.5", "x", "1e3"]) {
      const { errors } = expectProblem(await begin(length), "validation-failed");
      expect(errors.map((e) => e.pointer)).toEqual(["/headers/upload-length"]);
    }
    expectProblem(await begin(0), "upload-empty");
    expectProblem(await begin(MAX_UPLOAD_BYTES + 1), "payload-too-large");
    const both = await api.app.inject({
      method: "POST",
      url: "/v1/uploads",
      headers: { "upload-length": "5" },
      payload: "12345",
    });
    expectProblem(both, "validation-failed");
  });

  it("an unknown upload", async () => {
    expectProblem(await patch(id("up"), "bytes 0-0/1", [Buffer.alloc(1)]), "upload-not-found");
  });
});

it("an idempotency key starts one upload", async () => {
  const headers = { "idempotency-key": "begin" };
  const first = await begin(10, headers);
  const again = await begin(10, headers);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  expect(again.json()).toEqual(first.json());
  expectProblem(await begin(11, headers), "idempotency-key-reuse");
});

it("the sweep at the start keeps uploads that can still be continued, however old", async () => {
  const data = makeBytes(100);
  const parts = {
    young: await beginUpload(data.length),
    old: await beginUpload(data.length),
  };
  for (const uploadId of Object.values(parts)) await slice(data, 0, 60, uploadId);
  const orphan = `${fileOf(id("up", 7))}.part`;
  writeFileSync(orphan, "cut off");
  const now = Date.now();
  const age = (path: string, hours: number) =>
    utimesSync(path, new Date(now), new Date(now - hours * 3_600_000));
  age(`${fileOf(parts.young)}.part`, 1);
  age(`${fileOf(parts.old)}.part`, 70 * 24);
  age(orphan, 25);
  expect(await removeAbandonedUploads(api.store, api.storageDir)).toBe(1);
  expect(existsSync(orphan)).toBe(false);
  expect(statSync(`${fileOf(parts.old)}.part`).size).toBe(60);
  expect((await look(parts.young)).received).toBe(60);
  const rest = await slice(data, 60, 100, parts.old);
  expect(JSON.parse(rest.body)).toMatchObject({ sha256: sha256(data) });
});

/**
 * Announces the whole rest, sends `bytes` of it and hangs up once some have come. Returns how much
 * had come when the writer let go of the upload.
 */
async function breakOff(uploadId: string, data: Buffer, first: number, bytes: number) {
  const sending = request(`${url}/v1/uploads/${uploadId}`, {
    method: "PATCH",
    headers: {
      "content-type": "application/octet-stream",
      "content-range": rangeOf(first, data.length, data.length),
      "content-length": data.length - first,
    },
  });
  sending.on("error", () => {});
  sending.write(data.subarray(first, first + bytes));
  await soon("more bytes", async () => (await look(uploadId)).received > first);
  const seen = (await look(uploadId)).received;
  sending.destroy();
  await soon("the locks to be gone", async () => (await advisoryLocks()).locks === 0);
  const { received } = await look(uploadId);
  expect(received).toBeGreaterThanOrEqual(seen);
  return received;
}

async function advisoryLocks(): Promise<{ locks: number; connections: number }> {
  const { rows } = await poolOf(api.store).query<{ locks: number; connections: number }>(
    `SELECT count(*)::int AS locks, count(DISTINCT pid)::int AS connections FROM pg_locks
     WHERE locktype = 'advisory' AND granted
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rows[0]!;
}
