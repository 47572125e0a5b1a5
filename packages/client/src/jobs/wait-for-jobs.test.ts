import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ScriptedServer,
  startScriptedServer,
} from "../../../../test/support/scripted-server.js";
import { UnreachableError } from "../http/errors.js";
import { type Client, createClient } from "../service/create-client.js";
import { WaitTimeoutError } from "./wait-for-jobs.js";

const JOBS = [1, 2, 3, 4, 5, 6].map((n) => `job_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a5${n}`);
const [JOB = ""] = JOBS;
/** What the service says of each job, and how its stream goes: a test changes both. */
const states = new Map<string, string>();
let onStream: (response: ServerResponse, id: string) => void;
let server: ScriptedServer;
let client: Client;

beforeEach(async () => {
  server = await startScriptedServer();
  client = createClient(server.url, { retries: 0 });
  states.clear();
  onStream = () => {};
  server.answer((response, request) => {
    const [, , , id = "", rest] = (request.url ?? "").split(/[/?]/);
    if (rest === "events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      return onStream(response, id);
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(jobOf(id, states.get(id) ?? "running")));
  });
});
afterEach(() => server.close());

const jobOf = (id: string, state: string) => ({
  ...{ id, kind: "pruning", state, phase: null, etaSeconds: null, attempt: 0, params: {} },
  progress: { done: 0, total: null, unit: "rows" },
  ...{
    seed: null,
    result: null,
    error: null,
    tasks: [],
    datasetId: null,
    retryOf: null,
    parentId: null,
  },
  ...{ crossValidationId: null, pruningId: null, startedAt: null, finishedAt: null },
  createdAt: "2026-11-26T00:00:00.000Z",
  links: { self: "/", events: "/", cancel: "/" },
});

function end(response: ServerResponse, id: string, state: string, eventId = 1): void {
  states.set(id, state);
  response.end(`id: ${eventId}\nevent: state\ndata: ${JSON.stringify({ state })}\n\n`);
}
const asked = (what: RegExp) => server.seen.filter(({ url }) => what.test(url ?? "")).length;

describe("jobs.wait", () => {
  it.each(["succeeded", "failed", "cancelled"])("returns a job that has %s", async (state) => {
    onStream = (response, id) => end(response, id, state);
    expect(await client.jobs.wait(JOB)).toMatchObject({ id: JOB, state });
    expect(asked(/wait=/)).toBe(0);
  });

  it("returns several in the order of their ids, whichever ends first", async () => {
    onStream = (response, id) =>
      void setTimeout(() => end(response, id, "succeeded"), 60 - 10 * JOBS.indexOf(id));
    const ended = await client.jobs.wait(JOBS);
    expect(ended.map(({ id, state }) => [id, state])).toEqual(JOBS.map((id) => [id, "succeeded"]));
    expect(await client.jobs.wait([])).toEqual([]);
  });

  it("goes on after the last event when a stream breaks", async () => {
    onStream = (response, id) => {
      if (asked(/events/) > 1) return end(response, id, "succeeded", 8);
      response.write(`id: 7\nevent: log\ndata: {}\n\n`);
      setTimeout(() => response.destroy(), 20);
    };
    await client.jobs.wait(JOB);
    const streams = server.seen.filter(({ url }) => url?.endsWith("events"));
    expect(streams.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "7"]);
  });

  it("asks with ?wait= where no stream comes through", async () => {
    onStream = (response) => response.end();
    const waiting = client.jobs.wait(JOB);
    await expect.poll(() => asked(/wait=30/), { timeout: 10_000 }).toBeGreaterThan(0);
    states.set(JOB, "succeeded");
    expect((await waiting).state).toBe("succeeded");
  });

  it("shows the job as it goes on, and its end", async () => {
    const seen: string[] = [];
    onStream = (response, id) => void setTimeout(() => end(response, id, "failed"), 50);
    await client.jobs.wait(JOB, { onProgress: ({ state }) => seen.push(state) });
    expect(seen).toEqual(["running", "failed"]);
  });

  it("throws when the time is over, on abort, and when the service stays away", async () => {
    await expect(client.jobs.wait(JOBS, { timeoutMs: 80 })).rejects.toThrow(WaitTimeoutError);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 50);
    const { signal } = controller;
    await expect(client.jobs.wait([JOB], { signal })).rejects.toThrow("enough");
    server.close();
    const away = client.jobs.wait(JOB, { patienceMs: 50 });
    await expect(away).rejects.toThrow(UnreachableError);
  });
});
