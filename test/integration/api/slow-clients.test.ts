import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Problem } from "@winnow/contracts";
import { poolOf } from "@winnow/store/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openTestApi, type TestApi } from "../../support/api.js";
import { makeKey, type TestKey } from "../../support/keys.js";
import { drip, openRaw, type RawSocket } from "../../support/raw-socket.js";
import { queueIngest, seedPruning } from "../../support/seed-data.js";

let api: TestApi;
let url: string;
let key: TestKey;
let other: TestKey;
let pruningId: string;
let jobId: string;
let open: RawSocket[] = [];

const BYTES = "application/octet-stream";

beforeAll(async () => {
  api = await openTestApi({
    config: { maxOfEach: { downloads: 2, eventStreams: 2, longPolls: 2, uploads: 2 } },
    app: { leastPace: { bytesPerSecond: 1000, windowMs: 1500 }, headersTimeoutMs: 1000 },
    maxConnections: 12,
  });
  url = await api.listen();
  ({ pruningId } = await seedPruning(api.store));
  // More than the buffers of both sides: whoever does not read it keeps it open.
  await poolOf(api.store).query("UPDATE samples SET text = repeat('x', 1000000)");
  jobId = await queueIngest(api.store);
  key = await makeKey(api.store, "admin");
  other = await makeKey(api.store, "admin");
  // The service asks once a second whether there are keys.
  while ((await fetch(`${url}/v1/jobs`)).status !== 401) await sleep(100);
});
afterEach(() => {
  for (const { socket } of open) socket.destroy();
  open = [];
});
afterAll(() => api.close());

async function raw(...args: Parameters<typeof openRaw> extends [string, ...infer R] ? R : never) {
  const connection = await openRaw(url, ...args);
  open.push(connection);
  return connection;
}

const exported = () => `/v1/prunings/${pruningId}/export?split=all`;

interface Held {
  readonly what: string;
  /** Opens one that lasts. */
  readonly hold: (by: TestKey) => Promise<RawSocket>;
  /** Asks for one more. */
  readonly ask: (by: TestKey, signal: AbortSignal) => Promise<Response>;
}

const HELD: Held[] = [
  {
    what: "downloads",
    hold: (by) => raw(`GET ${exported()}`, by.headers, { paused: true }),
    ask: (by, signal) => fetch(url + exported(), { headers: by.headers, signal }),
  },
  {
    what: "event streams",
    hold: (by) =>
      raw(`GET /v1/jobs/${jobId}/events`, { ...by.headers, accept: "text/event-stream" }),
    ask: (by, signal) =>
      fetch(`${url}/v1/jobs/${jobId}/events`, {
        headers: { ...by.headers, accept: "text/event-stream" },
        signal,
      }),
  },
  {
    what: "requests with `wait`",
    hold: (by) => raw(`GET /v1/jobs/${jobId}?wait=30`, by.headers),
    ask: (by, signal) => fetch(`${url}/v1/jobs/${jobId}?wait=1`, { headers: by.headers, signal }),
  },
  {
    what: "uploads",
    hold: async (by) => {
      const headers = { ...by.headers, "content-type": BYTES, "content-length": "1000000" };
      const upload = await raw("POST /v1/uploads", headers);
      const timer = setInterval(() => upload.socket.write(Buffer.alloc(5_000)), 200);
      upload.socket.once("close", () => clearInterval(timer));
      return upload;
    },
    ask: (by, signal) =>
      fetch(`${url}/v1/uploads`, {
        method: "POST",
        headers: { ...by.headers, "content-type": BYTES },
        body: "x",
        signal,
      }),
  },
];

describe.each(HELD)("$what", ({ what, hold, ask }) => {
  it("of one key are limited, others' are not, and an end makes room", async () => {
    const ended = new AbortController();
    const held = [await hold(key), await hold(key)];
    let refused: Response | undefined;
    for (let i = 0; i < 10 && refused?.status !== 429; i++) {
      // The service may have seen only one of them yet.
      await sleep(200);
      await refused?.body?.cancel();
      refused = await ask(key, ended.signal);
    }
    expect(refused?.status).toBe(429);
    expect(refused?.headers.get("retry-after")).toBe("5");
    const problem = (await refused?.json()) as Problem;
    expect(problem.code).toBe("rate-limited");
    expect(problem.detail).toMatch(`At most 2 ${what} can be open at a time`);
    const others = await ask(other, ended.signal);
    expect(others.ok).toBe(true);
    await others.body?.cancel();
    for (const { socket } of held) socket.destroy();
    let again: Response | undefined;
    for (let i = 0; i < 100 && !again?.ok; i++) {
      await again?.body?.cancel();
      await sleep(50);
      again = await ask(key, ended.signal);
    }
    expect(again?.ok).toBe(true);
    ended.abort();
  });
});

describe("a client that is too slow", () => {
  it("with its headers is a 408", async () => {
    const slow = await raw("GET /healthz", {});
    await slow.until("200 OK");
    slow.socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow: ");
    drip(slow, 100);
    await slow.closed;
    expect(slow.text()).toContain("HTTP/1.1 408 Request Timeout");
    expect(slow.text()).toContain('"code":"request-timeout"');
  });

  it.each([
    ["an upload", "POST /v1/uploads", BYTES],
    ["JSON", "POST /v1/jobs/pruning", "application/json"],
  ])("with the body of %s is a 408, and nothing is kept", async (_, line, type) => {
    const uploads = join(api.storageDir, "uploads");
    const before = readdirSync(uploads, { recursive: true }).length;
    const headers = { ...key.headers, "content-type": type, "content-length": "50000" };
    const slow = await raw(line, headers);
    drip(slow, 50);
    await slow.closed;
    expect(slow.text()).toContain("HTTP/1.1 408 Request Timeout");
    expect(slow.text()).toContain("slower than 1000 bytes a second");
    await expect
      .poll(() => readdirSync(uploads, { recursive: true }).length, { timeout: 5000 })
      .toBe(before);
  });

  it("with reading is disconnected, and its place is free", async () => {
    const slow = await raw(`GET ${exported()}`, key.headers, { paused: true });
    const more = await raw(`GET ${exported()}`, key.headers, { paused: true });
    // A socket that nobody reads does not see its end: a place that is free says it.
    let status = 429;
    await sleep(300);
    while (status === 429) {
      const again = await fetch(url + exported(), { headers: key.headers });
      ({ status } = again);
      await again.body?.cancel();
      await sleep(200);
    }
    expect(status).toBe(200);
    more.socket.resume();
    await more.closed;
    slow.socket.resume();
    await slow.closed;
  });

  it("enough is served: a body of 20 kB in two seconds and a half", async () => {
    const body = JSON.stringify({ crossValidationId: "x".repeat(20_000) });
    const headers = {
      ...key.headers,
      "content-type": "application/json",
      "content-length": `${body.length}`,
    };
    const slow = await raw("POST /v1/jobs/pruning", headers);
    for (let at = 0; at < body.length; at += 1000) {
      slow.socket.write(body.slice(at, at + 1000));
      await sleep(120);
    }
    await slow.until("HTTP/1.1 400");
  });
});

it("a refused request's connection closes, however slowly its body goes on", async () => {
  const slow = await Promise.all(
    Array.from({ length: 20 }, () =>
      raw("POST /v1/uploads", { "content-type": BYTES, "content-length": "1000000" }),
    ),
  );
  for (const one of slow) drip(one, 20);
  await Promise.all(slow.map((one) => one.until("HTTP/1.1 401")));
  await Promise.all(slow.map(({ closed }) => closed));
});

it("headers that are too large are a 431 that says so", async () => {
  const large = await raw("GET /v1/jobs", { ...key.headers, "x-large": "x".repeat(20_000) });
  await large.closed;
  expect(large.text()).toContain("HTTP/1.1 431 Request Header Fields Too Large");
  expect(large.text()).toContain('"code":"headers-too-large"');
});
