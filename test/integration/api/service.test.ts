import { Writable } from "node:stream";
import { buildApp, createLogger } from "@winnow/api";
import type { RedisAddress } from "@winnow/redis";
import { openStore } from "@winnow/store";
import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import { soon } from "../../support/jobs.js";
import { addressOf, connectTo, createTestRedis } from "../../support/redis.js";
import { seedDataset, seedPruning } from "../../support/seed-data.js";

/** A port on which nothing listens. */
const NOWHERE = "127.0.0.1:1";
const logged: string[] = [];
let api: TestApi;
let redis: RedisAddress;

beforeAll(async () => {
  redis = addressOf((await createTestRedis()).url);
  const lines = new Writable({
    write(chunk, _encoding, done) {
      logged.push(String(chunk));
      done();
    },
  });
  api = await openTestApi({ app: { redis, logger: pino({ level: "trace" }, lines) } });
});
afterAll(async () => {
  redis.close();
  await api.close();
});

describe("readiness", () => {
  it("shows Postgres and Redis", async () => {
    expect((await api.app.inject("/healthz")).json()).toMatchObject({ status: "ok" });
    await soon("every check to be ok", async () => {
      const { checks } = (await api.app.inject("/readyz")).json();
      return checks.every((check: { ok: boolean }) => check.ok);
    });
    const answer = await api.app.inject("/readyz");
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        status: "ready",
        checks: [
          { name: "postgres", ok: true, detail: null },
          { name: "migrations", ok: true, detail: null },
          { name: "storage", ok: true, detail: null },
          { name: "redis", ok: true, detail: null },
        ],
      },
    ]);
  });

  it("asks Redis again on the connection that it has", async () => {
    const { url } = await createTestRedis();
    const [own, admin] = [addressOf(url), connectTo(url)({})];
    try {
      // One a look would be gone after some milliseconds.
      await soon("a connection for the checks that is two seconds old", async () => {
        const clients = String(await admin.client("LIST")).split("\n");
        return clients.some((line) => / age=[2-9] .* cmd=eval /.test(line));
      });
      await expect(own.check()).resolves.toBeUndefined();
    } finally {
      own.close();
      admin.disconnect();
    }
  });

  it("shows a missing Redis, and jobs are still accepted", async () => {
    const probe = addressOf(`redis://${NOWHERE}`);
    const down = await openTestApi({ app: { redis: probe } });
    try {
      const answer = await down.app.inject("/readyz");
      expect([answer.statusCode, answer.json().status]).toEqual([200, "ready"]);
      expect(answer.json().checks[3]).toMatchObject({ name: "redis", ok: false });
      expect(answer.json().checks[3].detail).toMatch(/./);
      const datasetId = await seedDataset(down.store);
      const accepted = await down.app.inject({
        method: "POST",
        url: "/v1/jobs/fold-training",
        payload: { datasetId },
      });
      expect(accepted.statusCode).toBe(202);
    } finally {
      probe.close();
      await down.close();
    }
  });

  it("without Postgres is a 503, and every request says when to try again", async () => {
    const store = openStore({ databaseUrl: `postgresql://a:b@${NOWHERE}/c`, applicationName: "x" });
    const config = { storageDir: "/nonexistent", maxUploadBytes: 10, ingestRoot: undefined };
    const app = await buildApp({ store, config, logger: createLogger("silent") });
    try {
      const answer = await app.inject("/readyz");
      expect([answer.statusCode, answer.headers["retry-after"]]).toEqual([503, "5"]);
      expect(answer.json()).toMatchObject({
        status: "not-ready",
        checks: [
          { name: "postgres", ok: false },
          { name: "migrations", ok: false },
          { name: "storage", ok: false },
        ],
      });
      expect((await app.inject("/healthz")).statusCode).toBe(200);
      const body = { crossValidationId: id("cv") };
      for (const refused of [
        await app.inject("/v1/jobs"),
        await app.inject("/v1/datasets"),
        await app.inject({ method: "POST", url: "/v1/jobs/pruning", payload: body }),
      ]) {
        expectProblem(refused, "not-ready");
        expect(refused.headers["retry-after"]).toBe("5");
      }
    } finally {
      await app.close();
      await store.close();
    }
  });
});

it("the log has one line a request, with its pattern and without texts of samples or labels", async () => {
  const { pruningId, datasetId } = await seedPruning(api.store, 20, 2, 2);
  logged.length = 0;
  await api.app.inject(`/v1/prunings/${pruningId}/flags?given=class-1`);
  await api.app.inject(`/v1/prunings/${pruningId}/export?split=all`);
  await api.app.inject(`/v1/datasets/${datasetId}/samples`);
  await api.app.inject({
    method: "POST",
    url: "/v1/jobs/pruning",
    headers: { "content-type": "application/json" },
    payload: '{"text 1": "quoted"',
  });
  await api.app.inject({ method: "POST", url: "/v1/uploads", payload: 'text 1, "quoted"' });
  const lines = logged.map((line) => JSON.parse(line) as Record<string, unknown>);
  const requests = lines.filter((line) => line.msg === "request");
  expect(requests.map((line) => [line.method, line.route, line.status])).toEqual([
    ["GET", "/v1/prunings/:id/flags", 200],
    ["GET", "/v1/prunings/:id/export", 200],
    ["GET", "/v1/datasets/:id/samples", 200],
    ["POST", "/v1/jobs/pruning", 400],
    ["POST", "/v1/uploads", 201],
  ]);
  expect(logged.join("")).not.toMatch(/quoted|class-1|汉/);
});

describe("no request causes a 5xx", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom("0", "-1", "99999999999", "1e999", "__proto__", "constructor", "\0", "\ud800"),
  );
  const anyId = fc.oneof(text, fc.constantFrom(id("job"), id("ds"), id("cv"), id("pr")));
  const cursor = fc.json({ maxDepth: 2 }).map((json) => Buffer.from(json).toString("base64url"));
  const nul = Buffer.from('["\\u0000"]').toString("base64url");
  const huge = Buffer.from("[9007199254740991]").toString("base64url");

  it("for any path and query", async () => {
    const { pruningId, datasetId } = await seedPruning(api.store, 20, 2, 2);
    const paths = fc.oneof(
      fc
        .tuple(fc.constantFrom("jobs", "datasets", "cross-validations", "prunings"), anyId)
        .map(([noun, some]) => `/v1/${noun}/${encodeWell(some)}`),
      fc.constantFrom(
        "/v1/jobs",
        "/v1/datasets",
        `/v1/prunings/${pruningId}/flags`,
        `/v1/prunings/${pruningId}/export`,
        ...["samples", "rejects", "classes"].map((part) => `/v1/datasets/${datasetId}/${part}`),
      ),
    );
    const key = fc.constantFrom("limit", "cursor", "given", "suggested", "fold", "order", "after");
    const value = fc.oneof(text, cursor, fc.constantFrom(nul, huge));
    const query = fc.array(fc.tuple(key, value), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(paths, query, async (path, pairs) => {
        const search = pairs.map(([k, v]) => `${k}=${encodeWell(v)}`).join("&");
        const { statusCode, body } = await api.app.inject(`${path}?${search}`);
        expect(statusCode, body).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  });

  it.each([nul, huge])("cursors that look like ours: %s", async (crafted) => {
    const { pruningId, datasetId } = await seedPruning(api.store, 20, 2, 2);
    for (const path of [
      "/v1/jobs",
      "/v1/datasets",
      `/v1/prunings/${pruningId}/flags`,
      ...["samples", "rejects", "classes"].map((part) => `/v1/datasets/${datasetId}/${part}`),
    ]) {
      const { statusCode, body } = await api.app.inject(`${path}?cursor=${crafted}`);
      expect([200, 400], body).toContain(statusCode);
    }
    const flags = await api.app.inject(`/v1/prunings/${pruningId}/flags?fold=99999999999`);
    expect([200, 400]).toContain(flags.statusCode);
  });

  it("for any body", async () => {
    const datasetId = await seedDataset(api.store);
    const scalar = fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
    const body = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc
        .dictionary(
          fc.constantFrom(
            "name",
            "source",
            "format",
            "labels",
            "folds",
            "seed",
            "model",
            "backend",
          ),
          fc.oneof(scalar, fc.dictionary(fc.string(), scalar)),
        )
        .map((some) => JSON.stringify({ datasetId, ...some })),
      fc.string(),
    );
    const url = fc.constantFrom(
      ...["dataset-ingest", "fold-training", "pruning"].map((kind) => `/v1/jobs/${kind}`),
    );
    await fc.assert(
      fc.asyncProperty(url, body, async (path, payload) => {
        const answer = await api.app.inject({
          method: "POST",
          url: path,
          headers: { "content-type": "application/json" },
          payload,
        });
        expect(answer.statusCode, answer.body).toBeLessThan(500);
      }),
      { numRuns: 300 },
    );
  });
});

const encodeWell = (some: string) => encodeURIComponent(some.replaceAll(/\p{Surrogate}/gu, "?"));
