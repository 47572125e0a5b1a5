import { AppError, problemOf, ROUTES, type Route, type RouteName, Stream } from "@winnow/contracts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ScriptedServer,
  startScriptedServer,
} from "../../../../test/support/scripted-server.js";
import type { DownloadRoute, JsonRoute } from "../calls/routes.js";
import { ApiError, UnexpectedAnswerError, UnreachableError } from "../http/errors.js";
import { type Client, createClient } from "./create-client.js";

const JOB_ID = "job_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59";
let server: ScriptedServer;
let client: Client;

beforeEach(async () => {
  server = await startScriptedServer();
  client = createClient(`${server.url}/`);
});

afterEach(() => server.close());

const EMPTY_PAGE = { data: [], hasMore: false, nextCursor: null };
const problem = (error: AppError, headers: Record<string, string> = {}) => ({
  status: error.status,
  body: problemOf(error, "req-1"),
  headers,
});
/** A signal with a reason of its own, to know it again. */
function abortedAfter(ms: number): AbortSignal {
  const controller = new AbortController();
  const reason = new Error("enough");
  setTimeout(() => controller.abort(reason), ms);
  return controller.signal;
}
const UPLOAD = {
  id: "up_01931f5e-7c1a-7bbb-8a3e-5f1d2c3b4a59",
  bytes: 5,
  received: 5,
  sha256: "0".repeat(64),
  createdAt: "2026-11-26T00:00:00.000Z",
};

describe("a call", () => {
  it("takes path and query from the route, and leaves out what is not given", async () => {
    server.answer({ status: 200, body: EMPTY_PAGE });
    const id = "pr_a/b";
    await client.call("listFlags", { params: { id }, query: { limit: 5, given: "a&b" } });
    expect(server.seen[0]).toMatchObject({
      method: "GET",
      url: "/v1/prunings/pr_a%2Fb/flags?limit=5&given=a%26b",
    });
    expect(server.seen[0]?.headers["idempotency-key"]).toBeUndefined();
  });

  it("sends the API key, where there is one", async () => {
    server.answer({ status: 200, body: EMPTY_PAGE });
    const keyed = createClient(client.url, { apiKey: "wn_key" });
    await keyed.call("listJobs");
    await client.call("listJobs");
    const keys = server.seen.map(({ headers }) => headers.authorization);
    expect(keys).toEqual(["Bearer wn_key", undefined]);
  });

  it("throws the problem that the service returns", async () => {
    server.answer(problem(new AppError("job-not-found", "No job has the id.")));
    const failure = client.call("getJob", { params: { id: JOB_ID } });
    await expect(failure).rejects.toThrow(ApiError);
    await expect(failure).rejects.toMatchObject({
      problem: { code: "job-not-found", status: 404, requestId: "req-1" },
      code: "job-not-found",
      retryable: false,
    });
    expect(server.seen).toHaveLength(1);
  });

  it("throws the problem of a newer service, whose code it does not know", async () => {
    const { body } = problem(new AppError("job-not-found", "From the future."));
    server.answer({ status: 418, body: { ...body, status: 418, code: "teapot" } });
    const failure = client.call("getJob", { params: { id: JOB_ID } });
    await expect(failure).rejects.toMatchObject({ code: "teapot", message: "From the future." });
  });

  it("refuses an answer that does not fit the contract", async () => {
    server.answer({ status: 200, body: { ...EMPTY_PAGE, data: "none" } });
    const failure = client.call("listJobs");
    await expect(failure).rejects.toThrow(UnexpectedAnswerError);
    await expect(failure).rejects.toThrow(/data: .*service versions may differ\.$/);
  });

  it("takes any answer that the route names for one, whatever its status", async () => {
    const checks = [{ name: "postgres", ok: false, detail: "down" }];
    server.answer({ status: 503, body: { status: "not-ready", checks } });
    expect(await client.call("readiness")).toEqual({ status: "not-ready", checks });
  });

  it("says what answers where it is no service, and where a proxy does not reach it", async () => {
    server.answer({ status: 418 });
    await expect(client.call("listJobs")).rejects.toThrow(/Is it a Winnow service\?$/);
    server.answer({ status: 502 });
    const impatient = createClient(server.url, { retries: 0 });
    await expect(impatient.call("listJobs")).rejects.toThrow(UnreachableError);
  });

  it("says that nothing answers", async () => {
    const nobody = createClient("http://127.0.0.1:1");
    await expect(nobody.call("health")).rejects.toThrow(/127\.0\.0\.1:1 cannot be reached/);
  });

  it("ends at once with the signal's reason: before it is sent, under way and in a pause", async () => {
    server.answer(problem(new AppError("overloaded", "Later.")));
    const paused = abortedAfter(50);
    await expect(client.call("listJobs", { signal: paused })).rejects.toThrow("enough");
    server.answer(() => {}); // never
    const underWay = abortedAfter(50);
    await expect(client.call("listJobs", { signal: underWay })).rejects.toThrow("enough");
    const sent = server.seen.length;
    await expect(client.call("listJobs", { signal: underWay })).rejects.toThrow("enough");
    expect(server.seen).toHaveLength(sent);
  });

  it("ends with the signal's reason while the answer comes", async () => {
    server.answer((response) => response.writeHead(200).write('{"data": ['));
    const signal = abortedAfter(100);
    await expect(client.call("listJobs", { signal })).rejects.toThrow("enough");
  });
});

describe("a repetition", () => {
  it("is made while the service is too busy, under the same idempotency key", async () => {
    server.answer(problem(new AppError("overloaded", "Later.")), { status: 200, body: null });
    const body = { crossValidationId: "cv" };
    await expect(client.call("createPruning", { body })).rejects.toThrow(UnexpectedAnswerError);
    expect(server.seen.map((request) => request.body)).toEqual([
      JSON.stringify(body),
      JSON.stringify(body),
    ]);
    const [first, second] = server.seen.map(({ headers }) => headers["idempotency-key"]);
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(second).toBe(first);
  });

  it("comes after the pause that the service asks for, unless that is long", async () => {
    const limited = new AppError("rate-limited", "Too many.");
    server.answer(problem(limited, { "retry-after": "1" }), { status: 200, body: EMPTY_PAGE });
    const startedAt = performance.now();
    await client.call("listJobs");
    expect(performance.now() - startedAt).toBeGreaterThan(990);
    server.answer(problem(limited, { "retry-after": "60" }));
    const failure = client.call("listJobs");
    await expect(failure).rejects.toMatchObject({ code: "rate-limited", retryAfterSeconds: 60 });
    expect(server.seen).toHaveLength(3);
  });

  it("is made as often as the caller says", async () => {
    server.answer({ status: 503 });
    await expect(createClient(server.url, { retries: 1 }).call("listJobs")).rejects.toThrow();
    expect(server.seen).toHaveLength(2);
    await expect(createClient(server.url, { retries: 0 }).call("listJobs")).rejects.toThrow();
    expect(server.seen).toHaveLength(3);
  });

  it("is not made where it would be of no use", async () => {
    server.answer(problem(new AppError("dataset-not-ready", "It is being read.")));
    const failure = client.call("getDataset", { params: { id: "ds" } });
    await expect(failure).rejects.toMatchObject({ code: "dataset-not-ready", retryable: true });
    expect(server.seen).toHaveLength(1);
  });

  it("sends the bytes of an upload again where they can be read again", async () => {
    const bytes = () => new Blob(["a,b\n1"]).stream();
    for (const again of [bytes, new Blob(["a,b\n1"]), new TextEncoder().encode("a,b\n1")]) {
      server.answer({ status: 503 }, { status: 201, body: UPLOAD });
      expect(await client.upload(again)).toEqual(UPLOAD);
      expect(server.seen.slice(-2).map(({ body }) => body)).toEqual(["a,b\n1", "a,b\n1"]);
    }
    const sent = server.seen.length;
    server.answer({ status: 503 }, { status: 201, body: UPLOAD });
    await expect(client.upload(bytes())).rejects.toThrow(UnreachableError);
    expect(server.seen).toHaveLength(sent + 1);
  });
});

describe("the routes", () => {
  const all = Object.entries(ROUTES) as [RouteName, Route][];
  /** All that the types call downloads, and no other. */
  const downloads = {
    getProbabilities: true,
    getModelFile: true,
    exportPruning: true,
    exportDatasetFolder: true,
    metrics: true,
    getExperimentPicture: true,
  } satisfies Record<DownloadRoute, true>;

  it("are downloads by their types where the contract answers a stream", () => {
    const streams = all.filter(([, route]) => Object.values(route.responses).includes(Stream));
    expect(streams.map(([name]) => name).sort()).toEqual(Object.keys(downloads).sort());
  });

  it.each(all)("%s is reached by its method and path, with its parameters", async (name, route) => {
    server.answer(problem(new AppError("forbidden", "Not for this key.")));
    const names = [...route.path.matchAll(/:(\w+)/g)].map(([, found]) => found!);
    const params = Object.fromEntries(names.map((key) => [key, `the ${key}`]));
    // Each by the method that its type belongs to.
    const call = () => {
      if (name === "createUpload") return client.upload(new Uint8Array(1));
      if (name === "appendUpload") {
        const whole = { ...UPLOAD, id: params.id! };
        return client.appendUpload(whole, { first: 2, size: 3, bytes: new Uint8Array(3) });
      }
      const input = { params } as never;
      return name in downloads
        ? client.download(name as DownloadRoute, input)
        : client.call(name as JsonRoute, input);
    };
    await expect(call()).rejects.toMatchObject({ code: "forbidden" });
    const path = route.path.replace(/:(\w+)/g, (_, key) => encodeURIComponent(params[key]!));
    expect(server.seen).toMatchObject([{ method: route.method, url: path }]);
  });
});
