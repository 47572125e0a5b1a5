import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRateLimitRedis } from "@winnow/api";
import { PruningOptions } from "@winnow/contracts";
import { type LocalService, startRedis } from "@winnow/local-services";
import { withTransaction } from "@winnow/store";
import { poolOf } from "@winnow/store/testing";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertPruning } from "../../../packages/store/src/prunings/create-pruning.js";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";
import { makeKey, type TestKey } from "../../support/keys.js";
import { openRaw } from "../../support/raw-socket.js";
import { connectTo, createTestRedis } from "../../support/redis.js";
import { queueTraining, seedDataset } from "../../support/seed-data.js";

const ready = async (redis: Redis): Promise<Redis> => {
  if (redis.status !== "ready") await new Promise((resolve) => redis.once("ready", resolve));
  return redis;
};

describe("the rate limit", () => {
  let redis: Redis;
  let apis: TestApi[];

  beforeAll(async () => {
    const { url, prefix } = await createTestRedis();
    redis = await ready(openRateLimitRedis(connectTo(url)));
    const rateLimit = { perMinute: 5, redis, prefix };
    const first = await openTestApi({ app: { rateLimit } });
    apis = [first, await openTestApi({ app: { rateLimit }, databaseUrl: first.databaseUrl })];
  });
  afterAll(async () => {
    for (const api of apis.toReversed()) await api.close();
    redis.disconnect();
  });

  const first = () => apis[0]!;
  const get = (api: number, more: { headers?: object; remoteAddress?: string } = {}) =>
    apis[api]!.app.inject({ url: "/v1/jobs", ...more } as { url: string });

  it("counts by address without keys, over all processes", async () => {
    const remoteAddress = "192.0.2.1";
    for (let i = 0; i < 5; i++) {
      const answer = await get(i % 2, { remoteAddress });
      expect([answer.statusCode, answer.headers["x-ratelimit-remaining"]]).toEqual([
        200,
        String(4 - i),
      ]);
      expect(answer.headers["x-ratelimit-limit"]).toBe("5");
    }
    for (const api of [0, 1]) {
      const refused = await get(api, { remoteAddress });
      expect(expectProblem(refused, "rate-limited").detail).toMatch(/^At most 5 requests a minute/);
      expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
      expect(Number(refused.headers["retry-after"])).toBeLessThanOrEqual(60);
      expect(refused.headers["x-ratelimit-remaining"]).toBe("0");
    }
    expect((await get(0, { remoteAddress: "192.0.2.2" })).statusCode).toBe(200);
  });

  it("counts each key from any address; guessed keys count by address", async () => {
    const [one, two] = [await makeKey(first().store, "read"), await makeKey(first().store, "read")];
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const statuses = async (headers: object, remoteAddress: string) => {
      const all: number[] = [];
      for (let i = 0; i < 6; i++)
        all.push((await get(i % 2, { headers, remoteAddress })).statusCode);
      return all;
    };
    expect(await statuses(one.headers, "192.0.2.3")).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await get(0, { headers: one.headers, remoteAddress: "192.0.2.4" })).statusCode).toBe(
      429,
    );
    expect((await get(0, { headers: two.headers, remoteAddress: "192.0.2.3" })).statusCode).toBe(
      200,
    );
    const guess = { authorization: `${one.headers.authorization.slice(0, -1)}x` };
    expect(await statuses(guess, "192.0.2.5")).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it("does not limit probes", async () => {
    for (let i = 0; i < 12; i++) {
      const answer = await first().app.inject({ url: "/healthz", remoteAddress: "192.0.2.6" });
      expect(answer.statusCode).toBe(200);
    }
  });
});

describe("without an answer of Redis", () => {
  /** An API that lets two requests a minute pass, on a Redis of its own that the test may end. */
  async function limited(
    spoil: (server: LocalService, pid: number) => Promise<void> | void,
    repair: (pid: number) => void = () => {},
  ): Promise<void> {
    const dir = mkdtempSync(join(tmpdir(), "winnow-limits-"));
    const server = await startRedis({ dataDir: dir, durability: "fast" });
    const { pid } = JSON.parse(readFileSync(join(dir, "redis", "running.json"), "utf8")).server;
    const redis = await ready(openRateLimitRedis(connectTo(server.url)));
    const api = await openTestApi({
      app: { rateLimit: { perMinute: 2, redis, prefix: "{gone}" } },
    });
    try {
      const datasetId = await seedDataset(api.store);
      const post = async () =>
        (
          await api.app.inject({
            method: "POST",
            url: "/v1/jobs/fold-training",
            payload: { datasetId },
          })
        ).statusCode;
      expect([await post(), await post(), await post()]).toEqual([202, 202, 429]);
      await spoil(server, pid);
      for (let i = 0; i < 4; i++) expect(await post()).toBe(202);
    } finally {
      repair(pid);
      await api.close();
      redis.disconnect();
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    }
  }

  it("requests are served: it is down", () => limited((server) => server.stop()));

  it("requests are served: it is there and says nothing", () =>
    limited(
      (_server, pid) => void process.kill(pid, "SIGSTOP"),
      (pid) => void process.kill(pid, "SIGCONT"),
    ));
});

describe("quotas", () => {
  const quota = { maxOpenJobs: 3, maxStoredBytes: 1000 };
  let api: TestApi;
  let key: TestKey;
  let datasetId: string;

  beforeAll(async () => {
    api = await openTestApi({ config: quota, maxConnections: 12 });
    datasetId = await seedDataset(api.store);
    key = await makeKey(api.store, "write");
  });
  afterAll(() => api.close());

  const train = (by: TestKey, query = "") =>
    api.app.inject({
      method: "POST",
      url: `/v1/jobs/fold-training${query}`,
      headers: by.headers,
      payload: { datasetId },
    });
  const upload = (by: TestKey, bytes: number, headers: Record<string, string> = {}) =>
    api.app.inject({
      method: "POST",
      url: "/v1/uploads",
      headers: { ...by.headers, "content-type": "application/octet-stream", ...headers },
      payload: Buffer.alloc(bytes, "x"),
    });
  const stored = async () => readdirSync(join(api.storageDir, "uploads")).length;

  it("of jobs is not exceeded by simultaneous requests; the answer says what is used", async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => train(key)));
    const accepted = answers.filter((answer) => answer.statusCode === 202);
    expect(accepted).toHaveLength(3);
    const refused = answers.filter((answer) => answer.statusCode !== 202);
    for (const answer of refused) {
      const { detail } = expectProblem(answer, "quota-exceeded");
      expect(detail).toMatch(/^The API key has 3 queued or running jobs; the limit is 3\. /);
      expect(answer.headers["retry-after"]).toBe("60");
    }
    const { rows } = await poolOf(api.store).query(
      "SELECT count(*)::int AS jobs FROM jobs WHERE owner_id = $1",
      [key.id],
    );
    expect(rows).toEqual([{ jobs: 3 }]);
    expectProblem(await train(key, "?validateOnly=true"), "quota-exceeded");

    const id = accepted[0]?.json().id as string;
    await api.app.inject({ method: "POST", url: `/v1/jobs/${id}/cancel`, headers: key.headers });
    expect((await train(key)).statusCode).toBe(202);
  });

  it("is separate for each key, and absent without keys", async () => {
    expect((await train(await makeKey(api.store, "write"))).statusCode).toBe(202);
    const open = await openTestApi({ config: quota });
    try {
      const dataset = await seedDataset(open.store);
      for (let i = 0; i < 5; i++) {
        const answer = await open.app.inject({
          method: "POST",
          url: "/v1/jobs/fold-training",
          payload: { datasetId: dataset },
        });
        expect(answer.statusCode).toBe(202);
      }
    } finally {
      await open.close();
    }
  });

  it("of bytes is not exceeded by simultaneous uploads, and a refused one leaves no file", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => upload(key, 400)));
    expect(answers.filter((answer) => answer.statusCode === 201)).toHaveLength(2);
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 201)) {
      const { detail } = expectProblem(answer, "quota-exceeded");
      expect(detail).toMatch(
        /bytes of uploads stored or arriving; the limit is 1000, and 400 more would exceed it/,
      );
    }
    expect(await stored()).toBe(2);
    expect((await upload(key, 200)).statusCode).toBe(201);
    expectProblem(await upload(key, 1), "quota-exceeded");
    expect(await stored()).toBe(3);
  });

  it("an upload that used up the quota is returned again to a client that lost the answer", async () => {
    const mine = await makeKey(api.store, "write");
    const before = await stored();
    const first = await upload(mine, 900, { "idempotency-key": "the last room" });
    const again = await upload(mine, 900, { "idempotency-key": "the last room" });
    expect([again.statusCode, again.json()]).toEqual([201, first.json()]);
    expect(again.headers["idempotent-replayed"]).toBe("true");
    expectProblem(await upload(mine, 900, { "idempotency-key": "another" }), "quota-exceeded");
    expect(await stored()).toBe(before + 1);
  });

  it("counts bytes that still arrive: of two bodies that fit only alone the second is refused at once", async () => {
    const mine = await makeKey(api.store, "write");
    const url = await api.listen();
    const headers = { ...mine.headers, "content-type": "application/octet-stream" };
    const first = await openRaw(url, "POST /v1/uploads", { ...headers, "content-length": "900" });
    first.socket.write("x".repeat(100));
    let second: Response | undefined;
    for (let i = 0; i < 20 && second?.status !== 429; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      second = await fetch(`${url}/v1/uploads`, { method: "POST", headers, body: "x".repeat(101) });
      const { id } = (await second.json()) as { id?: string };
      const path = `${url}/v1/uploads/${id}`;
      if (id) await fetch(path, { method: "DELETE", headers: mine.headers });
    }
    expect(second?.status).toBe(429);
    first.socket.write("x".repeat(800));
    await first.until("HTTP/1.1 201");
    first.socket.destroy();
    expectProblem(await upload(mine, 101), "quota-exceeded");
    expect((await upload(mine, 100)).statusCode).toBe(201);
  });

  it("counts the declared size of an upload before its bytes arrive", async () => {
    const mine = await makeKey(api.store, "write");
    const announce = (bytes: number) =>
      api.app.inject({
        method: "POST",
        url: "/v1/uploads",
        headers: { ...mine.headers, "upload-length": String(bytes) },
      });
    expect((await announce(900)).statusCode).toBe(201);
    expectProblem(await announce(101), "quota-exceeded");
    expectProblem(await upload(mine, 101), "quota-exceeded");
    expect((await announce(100)).statusCode).toBe(201);
  });

  it("a job that another one queues belongs to the same key", async () => {
    const { jobId } = await queueTraining(api.store, datasetId);
    await poolOf(api.store).query("UPDATE jobs SET owner_id = $2 WHERE id = $1", [jobId, key.id]);
    const { rows } = await poolOf(api.store).query<{ cross_validation_id: string }>(
      "SELECT cross_validation_id FROM jobs WHERE id = $1",
      [jobId],
    );
    const run = rows[0]?.cross_validation_id as string;
    const pruning = await withTransaction(api.store, (tx) =>
      insertPruning(tx, datasetId, run, PruningOptions.parse({}), { queuedBy: jobId }),
    );
    const owner = await poolOf(api.store).query("SELECT owner_id FROM jobs WHERE id = $1", [
      pruning,
    ]);
    expect(owner.rows).toEqual([{ owner_id: key.id }]);
  });
});
