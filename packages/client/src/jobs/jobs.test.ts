import type { ServerResponse } from "node:http";
import { AppError, problemOf } from "@winnow/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ScriptedAnswer,
  type ScriptedServer,
  startScriptedServer,
} from "../../../../test/support/scripted-server.js";
import { UnreachableError } from "../http/errors.js";
import { type Client, createClient } from "../service/create-client.js";
import { readEventStream } from "./event-stream.js";
import { followEvents } from "./follow-events.js";
import type { FollowedEvent } from "./job-events.js";
import { waitForJob } from "./wait-for-job.js";

const JOB = "job_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";
const QUICK = { pollMs: 10, silenceMs: 200 };
let server: ScriptedServer;
let client: Client;

beforeEach(async () => {
  server = await startScriptedServer();
  client = createClient(server.url, { retries: 0 });
});
afterEach(() => server.close());

const log = (n: number): FollowedEvent => ({ id: `${n}`, type: "log", data: { message: `${n}` } });
const end = (n: number): FollowedEvent => ({
  id: `${n}`,
  type: "state",
  data: { state: "succeeded" },
});
const textOf = ({ id, type, data }: FollowedEvent) =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

/** A stream that brings these events, and then ends, breaks or stays silent. */
const stream =
  (events: readonly FollowedEvent[], then: (response: ServerResponse) => void): ScriptedAnswer =>
  (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`retry: 2000\n\n${events.map(textOf).join("")}`);
    then(response);
  };
const ends = (response: ServerResponse) => void response.end();
const breaks = (response: ServerResponse) => void setTimeout(() => response.destroy(), 20);
const stays = () => {};

const job = (state: string) => ({
  status: 200,
  body: {
    id: JOB,
    kind: "pruning",
    state,
    phase: null,
    progress: { done: 0, total: null, unit: "rows" },
    etaSeconds: null,
    attempt: 0,
    params: {},
    seed: null,
    result: null,
    error: null,
    tasks: [],
    datasetId: null,
    crossValidationId: null,
    pruningId: null,
    retryOf: null,
    parentId: null,
    createdAt: "2026-11-26T00:00:00.000Z",
    startedAt: null,
    finishedAt: null,
    links: { self: "/", events: "/", cancel: "/" },
  },
});
const page = (...events: FollowedEvent[]) => ({
  status: 200,
  body: {
    data: events.map((event) => ({ ...event, createdAt: "2026-11-26T00:00:00.000Z" })),
    hasMore: false,
    nextCursor: null,
  },
});

async function collect(options = {}): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of followEvents(client, JOB, { ...QUICK, ...options }))
    seen.push(event.id);
  return seen;
}
/** What the client has sent as the place from which it wants to read on. */
const places = () =>
  server.seen
    .filter(({ url }) => url?.includes("/events"))
    .map(({ url, headers }) => headers["last-event-id"] ?? url?.split("?after=")[1]);

describe("a job's events", () => {
  it("come as a stream, to the one that ends the job", async () => {
    server.answer(stream([log(1), log(2), end(3)], stays));
    expect(await collect()).toEqual(["1", "2", "3"]);
    expect(server.seen[0]?.headers.accept).toBe("text/event-stream");
  });

  it("are read once each where a stream was interrupted or went silent", async () => {
    const running = job("running");
    server.answer(
      ...[stream([log(1)], breaks), stream([log(2)], stays), stream([log(3)], ends), running],
      stream([end(4)], ends),
    );
    expect(await collect()).toEqual(["1", "2", "3", "4"]);
    expect(places()).toEqual([undefined, "1", "2", "3"]);
  });

  it("are asked for page by page where streams bring nothing", async () => {
    const silent: ScriptedAnswer = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    };
    server.answer(silent, silent, page(log(1)), job("running"), page(end(2)));
    expect(await collect()).toEqual(["1", "2"]);
    expect(places()).toEqual([undefined, undefined, undefined, "1"]);
  });

  it("are asked for page by page where a proxy turns the stream into a page", async () => {
    const running = job("running");
    server.answer(page(log(1)), running, page(log(1)), running, page(log(1), end(2)));
    expect(await collect()).toEqual(["1", "2"]);
  });

  it("end with the job whose last event was tidied away", async () => {
    server.answer({ status: 204 }, job("failed"), { status: 204 });
    expect(await collect({ after: "7" })).toEqual([]);
    expect(places()).toEqual(["7", "7"]);
  });

  it("outlast a service that is away for a while, but not forever", async () => {
    server.answer({ status: 503 }, stream([end(1)], ends));
    expect(await collect()).toEqual(["1"]);
    server.answer({ status: 503 });
    await expect(collect({ patienceMs: 100 })).rejects.toThrow(UnreachableError);
  });

  it("end with the signal's reason", async () => {
    server.answer(stream([log(1)], stays));
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 100);
    const { signal } = controller;
    await expect(collect({ signal, silenceMs: 60_000 })).rejects.toThrow("enough");
  });

  it("are let go when the reader has seen enough", async () => {
    let hasClosed = false;
    server.answer(
      stream([log(1), log(2)], (response) => {
        response.once("close", () => {
          hasClosed = true;
        });
      }),
    );
    for await (const _ of followEvents(client, JOB, { silenceMs: 60_000 })) break;
    await expect.poll(() => hasClosed).toBe(true);
  });
});

describe("a wait for a job", () => {
  it("returns the ended job, whatever its end was", async () => {
    for (const state of ["succeeded", "failed", "cancelled"]) {
      server.answer(job("running"), job(state));
      expect(await waitForJob(client, JOB)).toMatchObject({ id: JOB, state });
    }
    expect(server.seen[0]?.url).toBe(`/v1/jobs/${JOB}?wait=30`);
  });

  it("reports each look at the job, and looks more often for it", async () => {
    server.answer(job("queued"), job("running"), job("succeeded"));
    const seen: string[] = [];
    await waitForJob(client, JOB, { onUpdate: ({ state }) => seen.push(state) });
    expect(seen).toEqual(["queued", "running", "succeeded"]);
    expect(server.seen[0]?.url).toBe(`/v1/jobs/${JOB}?wait=1`);
  });

  it("outlasts a service that is away for a while, but not forever", async () => {
    const busy = problemOf(new AppError("overloaded", "Later."), "req-1");
    server.answer({ status: 503 }, { status: 503, body: busy }, job("succeeded"));
    expect(await waitForJob(client, JOB)).toMatchObject({ state: "succeeded" });
    server.answer({ status: 503 });
    await expect(waitForJob(client, JOB, { patienceMs: 50 })).rejects.toThrow(UnreachableError);
  });

  it("ends at once where the job is not there", async () => {
    const none = problemOf(new AppError("job-not-found", "No job has the id."), "req-1");
    server.answer({ status: 404, body: none });
    await expect(waitForJob(client, JOB)).rejects.toMatchObject({ code: "job-not-found" });
    expect(server.seen).toHaveLength(1);
  });
});

describe("an event stream", () => {
  const read = async (...chunks: string[]) => {
    const bytes = chunks.map((chunk) => new TextEncoder().encode(chunk));
    const seen: unknown[] = [];
    for await (const event of readEventStream(ReadableStream.from(bytes) as ReadableStream)) {
      seen.push(event);
    }
    return seen;
  };

  it("is read as the standard has it: comments, ids that stay, several lines, both line ends", async () => {
    expect(await read(": beat\n\nid: 7\nevent: log\ndata: a\ndata:b\n\ndata: c\r\n\r\n")).toEqual([
      null,
      { id: "7", type: "log", data: "a\nb" },
      { id: "7", type: "message", data: "c" },
    ]);
  });

  it("may be cut anywhere, also within a character; what its end cuts off is left out", async () => {
    const whole = new TextEncoder().encode("id: 1\ndata: 足球\n\n");
    const seen: unknown[] = [];
    const parts = ReadableStream.from([...whole].map((byte) => Uint8Array.of(byte)));
    for await (const event of readEventStream(parts as ReadableStream)) seen.push(event);
    expect(seen).toEqual([{ id: "1", type: "message", data: "足球" }]);
    expect(await read("id: 1\ndata: a\n\nid: 2\ndata: b\n")).toHaveLength(1);
  });
});
