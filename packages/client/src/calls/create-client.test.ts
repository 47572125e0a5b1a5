import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { AppError, problemOf } from "@winnow/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiError, type Client, createClient, UnreachableError } from "./create-client.js";

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const jobId = "job_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";
let server: Server;
let client: Client;
let seen: Seen[];
/** What the server answers, one after another; the last one again and again. */
let answers: { status: number; body: unknown }[];

beforeEach(async () => {
  seen = [];
  server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    seen.push({ method, url, headers, body: await text(request) });
    const { status, body } = (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 500 };
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  client = createClient(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`);
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const emptyPage = { data: [], hasMore: false, nextCursor: null };
const problem = (error: AppError) => ({ status: error.status, body: problemOf(error, "req-1") });

describe("a call", () => {
  it("takes path and query from the route, and leaves out what is not given", async () => {
    answers = [{ status: 200, body: emptyPage }];
    const id = "pr_a/b";
    await client.call("listFlags", { params: { id }, query: { limit: 5, given: "a&b" } });
    expect(seen[0]).toMatchObject({
      method: "GET",
      url: "/v1/prunings/pr_a%2Fb/flags?limit=5&given=a%26b",
    });
    expect(seen[0]?.headers["idempotency-key"]).toBeUndefined();
  });

  it("bears the API key, where there is one", async () => {
    answers = [{ status: 200, body: emptyPage }];
    const keyed = createClient(client.url, { apiKey: "wn_key" });
    await keyed.call("listJobs");
    await client.call("listJobs");
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer wn_key", undefined]);
  });

  it("throws the problem that the service answers", async () => {
    answers = [problem(new AppError("job-not-found", "No job has the id."))];
    const failure = client.call("getJob", { params: { id: jobId } });
    await expect(failure).rejects.toThrow(ApiError);
    await expect(failure).rejects.toMatchObject({
      problem: { code: "job-not-found", status: 404, requestId: "req-1" },
    });
    expect(seen).toHaveLength(1);
  });

  it("is made again while the service is too busy, under the same idempotency key", async () => {
    answers = [problem(new AppError("overloaded", "Later.")), { status: 200, body: null }];
    const body = { crossValidationId: "cv" };
    await expect(client.call("createPruning", { body })).rejects.toThrow(UnreachableError);
    expect(seen.map((request) => request.body)).toEqual([
      JSON.stringify(body),
      JSON.stringify(body),
    ]);
    const [first, second] = seen.map(({ headers }) => headers["idempotency-key"]);
    expect(first).toMatch(/^[0-9a-f-]{36}$/);
    expect(second).toBe(first);
  });

  it("refuses an answer that does not fit the contract", async () => {
    answers = [{ status: 200, body: { data: "none" } }];
    await expect(client.call("listJobs")).rejects.toThrow(/of one version\?$/);
  });

  it("takes any answer that the route names for one, whatever its status", async () => {
    const checks = [{ name: "postgres", ok: false, detail: "down" }];
    answers = [{ status: 503, body: { status: "not-ready", checks } }];
    expect(await client.call("readiness")).toEqual({ status: "not-ready", checks });
  });

  it("says that nobody answers", async () => {
    const nobody = createClient("http://127.0.0.1:1");
    await expect(nobody.call("health")).rejects.toThrow(/127\.0\.0\.1:1 cannot be reached/);
  });

  it("ends at once when its signal aborts", async () => {
    answers = [problem(new AppError("overloaded", "Later."))];
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 50);
    const startedAt = Date.now();
    await expect(client.call("listJobs", { signal: controller.signal })).rejects.toThrow();
    expect(Date.now() - startedAt).toBeLessThan(1000);
  });
});
