import { Agent, get as httpGet, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { appendEvent, requestCancel, writeDataset } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import { soon } from "../../support/jobs.js";
import { batchesOf, makeSamples, mustClaim, queueIngest } from "../../support/seed-data.js";

const HEARTBEAT_MS = 400;
const MAX_CONNECTIONS = 4;
let api: TestApi;
let url: string;
const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
const open: Stream[] = [];

beforeAll(async () => {
  api = await openTestApi({
    maxConnections: MAX_CONNECTIONS,
    app: { events: { pollMs: 50, heartbeatMs: HEARTBEAT_MS } },
  });
  url = await api.listen();
});
afterEach(() => {
  for (const stream of open.splice(0)) stream.leave();
});
afterAll(async () => {
  agent.destroy();
  await api.close();
});

interface Received {
  id: string;
  event: string;
  data: Record<string, unknown>;
  atMs: number;
}

/** A client of an event stream, as the standard reads it. */
interface Stream {
  readonly response: IncomingMessage;
  readonly events: Received[];
  readonly comments: string[];
  /** Resolves when the service has ended the answer, or the client has left. */
  readonly ended: Promise<void>;
  leave(): void;
}

async function connect(
  jobId: string,
  options: { lastEventId?: string; query?: string; base?: string; paused?: boolean } = {},
): Promise<Stream> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = {
      accept: "text/event-stream",
      ...(options.lastEventId === undefined ? {} : { "last-event-id": options.lastEventId }),
    };
    const path = `/v1/jobs/${jobId}/events${options.query ?? ""}`;
    httpGet((options.base ?? url) + path, { headers, agent }, resolve).on("error", reject);
  });
  const events: Received[] = [];
  const comments: string[] = [];
  let rest = "";
  const ended = new Promise<void>((resolve) => {
    response.once("close", resolve).on("error", () => {});
  });
  if (!options.paused) {
    response.setEncoding("utf8").on("data", (text: string) => {
      const blocks = (rest + text).split("\n\n");
      rest = blocks.pop()!;
      for (const block of blocks) {
        if (block.startsWith(":")) comments.push(block);
        else if (block.startsWith("id: ")) events.push(eventOf(block));
      }
    });
  }
  const stream = { response, events, comments, ended, leave: () => response.destroy() };
  open.push(stream);
  return stream;
}

function eventOf(block: string): Received {
  const match = /^id: (\d+)\nevent: (\w+)\ndata: ([^\n]*)$/.exec(block);
  if (!match) throw new Error(`no event: ${block}`);
  const [, eventId = "", event = "", data = ""] = match;
  return { id: eventId, event, data: JSON.parse(data), atMs: performance.now() };
}

const log = (jobId: string, n: number, more: object = {}) =>
  appendEvent(api.store, jobId, "log", { n, ...more });
const numbers = (stream: Stream) =>
  stream.events.filter(({ event }) => event === "log").map(({ data }) => data.n);
const count = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i);

describe("a stream of events", () => {
  it("sends past events, then new ones, and ends with the job", async () => {
    const jobId = await queueIngest(api.store);
    await log(jobId, 1);
    const stream = await connect(jobId);
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
      vary: "accept",
    });
    await soon("two events", () => stream.events.length === 2);
    const held = await mustClaim(api.store, jobId);
    await soon("the third event", () => stream.events.length === 3);
    await appendEvent(api.store, jobId, "metric", { text: "line\nbreak \u2028 汉字" });
    await soon("the fourth event", () => stream.events.length === 4);
    await writeDataset(api.store, held, batchesOf(makeSamples(3, 2), 2));
    await stream.ended;
    expect(stream.events.map(({ event, data }) => [event, data])).toEqual([
      ["state", { state: "queued" }],
      ["log", { n: 1 }],
      ["state", { state: "running" }],
      ["metric", { text: "line\nbreak \u2028 汉字" }],
      ["state", { state: "succeeded" }],
    ]);
    const page = await api.app.inject(`/v1/jobs/${jobId}/events`);
    expect(page.headers["content-type"]).toContain("application/json");
    expect(page.json().data.map((event: Received) => event.id)).toEqual(
      stream.events.map((event) => event.id),
    );
  });

  it("resumes after the client's last event; its header takes precedence over `after`", async () => {
    const jobId = await queueIngest(api.store);
    for (const n of count(5)) await log(jobId, n);
    const first = await connect(jobId);
    await soon("six events", () => first.events.length === 6);
    const at = (n: number) => first.events[n + 1]?.id as string;
    const byHeader = await connect(jobId, { lastEventId: at(2), query: `?after=${at(0)}` });
    const byQuery = await connect(jobId, { query: `?after=${at(0)}` });
    await log(jobId, 5);
    await soon(
      "both streams to have the fifth",
      () => numbers(byHeader).includes(5) && numbers(byQuery).includes(5),
    );
    expect(numbers(byHeader)).toEqual([3, 4, 5]);
    expect(numbers(byQuery)).toEqual([1, 2, 3, 4, 5]);
  });

  it("loses and repeats nothing over 15 breaks while events are written", async () => {
    const jobId = await queueIngest(api.store);
    const total = 900;
    const writing = (async () => {
      for (const n of count(total)) await log(jobId, n);
      await requestCancel(api.store, jobId);
    })();
    const seen: unknown[] = [];
    let lastEventId: string | undefined;
    let ended = false;
    for (let i = 0; !ended; i++) {
      const stream = await connect(jobId, lastEventId === undefined ? {} : { lastEventId });
      const leaves = i < 15 ? sleep(40 + ((i * 37) % 60)).then(() => stream.leave()) : null;
      await (leaves ?? stream.ended);
      await stream.ended;
      seen.push(...numbers(stream));
      lastEventId = stream.events.at(-1)?.id ?? lastEventId;
      ended = stream.events.at(-1)?.data.state === "cancelled";
    }
    await writing;
    expect(seen).toEqual(count(total));
  });

  it("of an ended job has its past; without new events it is a 204, which stops an EventSource", async () => {
    const jobId = await queueIngest(api.store);
    await requestCancel(api.store, jobId);
    const stream = await connect(jobId);
    await stream.ended;
    expect(stream.events.map(({ data }) => data.state)).toEqual(["queued", "cancelled"]);
    const again = await connect(jobId, { lastEventId: stream.events[1]?.id as string });
    expect(again.response.statusCode).toBe(204);
  });

  it("sends comments while there are no events", async () => {
    const stream = await connect(await queueIngest(api.store));
    await sleep(3.5 * HEARTBEAT_MS);
    expect(stream.comments.length).toBeGreaterThanOrEqual(2);
    expect(stream.comments.length).toBeLessThanOrEqual(4);
    expect(stream.events).toHaveLength(1);
  });

  it("has at most one progress event a second, the newest, with increasing ids", async () => {
    const jobId = await queueIngest(api.store);
    for (const done of count(50)) await appendEvent(api.store, jobId, "progress", { done });
    const stream = await connect(jobId);
    await soon("two events", () => stream.events.length === 2);
    for (const done of count(30, 50)) {
      await appendEvent(api.store, jobId, "progress", { done });
      if (done % 10 === 0) await log(jobId, done);
      await sleep(80);
    }
    await soon("the last progress", () => stream.events.at(-1)?.data.done === 79);
    const progress = stream.events.filter(({ event }) => event === "progress");
    expect(progress[0]?.data.done).toBe(49);
    expect(progress.length).toBeGreaterThanOrEqual(3);
    for (const [i, { atMs }] of progress.slice(1).entries()) {
      // Both clocks are this process's; the sockets between may bunch by some milliseconds.
      expect(atMs - (progress[i]?.atMs as number)).toBeGreaterThan(900);
    }
    expect(numbers(stream)).toEqual([50, 60, 70]);
    const ids = stream.events.map((event) => BigInt(event.id));
    expect(ids.every((value, i) => i === 0 || value > ids[i - 1]!)).toBe(true);
  });

  it("that starts after a future event does not hold up the others", async () => {
    const jobId = await queueIngest(api.store);
    const future = await connect(jobId, { lastEventId: "999999999999999999" });
    await sleep(100);
    const stream = await connect(jobId);
    await log(jobId, 1);
    await soon("the first number", () => numbers(stream).length === 1);
    await requestCancel(api.store, jobId);
    await Promise.all([stream.ended, future.ended]);
    expect(future.events).toEqual([]);
    expect(stream.events.at(-1)?.data).toEqual({ state: "cancelled" });
  });
});

describe("a request for events", () => {
  it("that does not accept the stream gets a page", async () => {
    const jobId = await queueIngest(api.store);
    for (const accept of [undefined, "*/*", "application/json, */*"]) {
      const answer = await api.app.inject({
        url: `/v1/jobs/${jobId}/events`,
        headers: accept === undefined ? {} : { accept },
      });
      expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
      expect(answer.headers.vary).toBe("accept");
    }
    const head = await api.app.inject({
      method: "HEAD",
      url: `/v1/jobs/${jobId}/events`,
      headers: { accept: "text/event-stream" },
    });
    expect(head.statusCode).toBe(200);
  });

  it("is refused without a job, and for an invalid id", async () => {
    const headers = { accept: "text/event-stream" };
    const none = await api.app.inject({ url: `/v1/jobs/${id("job")}/events`, headers });
    expectProblem(none, "job-not-found");
    const jobId = await queueIngest(api.store);
    for (const lastEventId of ["x", "-1", "1".repeat(19)]) {
      const answer = await api.app.inject({
        url: `/v1/jobs/${jobId}/events`,
        headers: { ...headers, "last-event-id": lastEventId },
      });
      expect(expectProblem(answer, "validation-failed").errors.map((e) => e.pointer)).toEqual([
        "/headers/last-event-id",
      ]);
    }
  });
});

describe("many streams", () => {
  it("a thousand of them use no more connections than the pool has, and leave nothing behind", async () => {
    const jobIds = await Promise.all(count(50).map(() => queueIngest(api.store)));
    const streams: Stream[] = [];
    for (const jobId of jobIds) {
      streams.push(...(await Promise.all(count(20).map(() => connect(jobId)))));
    }
    await soon("every stream's first event", () =>
      streams.every((stream) => stream.events.length === 1),
    );
    const began = performance.now();
    await Promise.all(jobIds.map((jobId, n) => log(jobId, n)));
    await soon("every stream's second event", () =>
      streams.every((stream) => stream.events.length === 2),
    );
    const lateMs = Math.round(performance.now() - began);
    expect(streams.map((stream) => numbers(stream)[0])).toEqual(
      streams.map((_, i) => Math.floor(i / 20)),
    );
    const { rows } = await poolOf(api.store).query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database()",
    );
    expect(rows[0]?.n).toBeLessThanOrEqual(MAX_CONNECTIONS);
    const reads = await readsDuring(1_000);
    console.log(`1,000 streams: an event reached all in ${lateMs} ms; ${reads} reads a second`);
    // One statement each 50 ms, however many watch.
    expect(reads).toBeGreaterThan(0);
    expect(reads).toBeLessThanOrEqual(21);
    for (const stream of streams) stream.leave();
    await soon("no more reads", async () => (await readsDuring(200)) === 0);
  });

  it("a client that does not read needs little memory, and misses nothing", async () => {
    const jobId = await queueIngest(api.store);
    const slow = await connect(jobId, { paused: true });
    const padding = "x".repeat(2_000);
    const total = 20_000;
    const before = heapInUse();
    for (let n = 0; n < total; n += 1_000) {
      await poolOf(api.store).query(
        `INSERT INTO job_events (job_id, type, data)
         SELECT $1, 'log', jsonb_build_object('n', i, 'padding', $2::text)
         FROM generate_series($3::int, $3::int + 999) i`,
        [jobId, padding, n],
      );
      await sleep(60);
    }
    const grown = heapInUse() - before;
    console.log(
      `40 MB of events past a client that does not read: heap grew ${Math.round(grown / 2 ** 20)} MB`,
    );
    expect(grown).toBeLessThan(15 << 20);
    let next = 0;
    let rest = "";
    for await (const text of slow.response.setEncoding("utf8")) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const n = /"n": ?(\d+)/.exec(line)?.[1];
        if (n === undefined) continue;
        expect(Number(n)).toBe(next);
        next += 1;
      }
      if (next === total) break;
    }
    expect(next).toBe(total);
  });
});

it("reading continues when the database is back", async () => {
  const jobId = await queueIngest(api.store);
  const stream = await connect(jobId);
  await soon("the first event", () => stream.events.length === 1);
  const query = poolOf(api.store).query.bind(poolOf(api.store));
  let refused = 0;
  poolOf(api.store).query = (async () => {
    refused += 1;
    throw new Error("the database is away");
  }) as unknown as typeof query;
  await soon("two refused queries", () => refused >= 2);
  poolOf(api.store).query = query;
  await log(jobId, 1);
  await soon("the first number", () => numbers(stream).length === 1);
});

it("closing the app ends the streams", async () => {
  const other = await openTestApi();
  const base = await other.listen();
  const jobId = await queueIngest(other.store);
  const stream = await connect(jobId, { base });
  await soon("the first event", () => stream.events.length === 1);
  const began = performance.now();
  await other.close();
  await stream.ended;
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(stream.response.complete).toBe(true);
});

/** Bytes of live objects, buffers included. */
function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Statements that the service sends in so many milliseconds. */
async function readsDuring(ms: number): Promise<number> {
  let reads = 0;
  const query = poolOf(api.store).query.bind(poolOf(api.store));
  poolOf(api.store).query = ((...args: Parameters<typeof query>) => {
    reads += 1;
    return query(...args);
  }) as typeof query;
  await sleep(ms);
  poolOf(api.store).query = query;
  return reads;
}
