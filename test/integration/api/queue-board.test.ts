import { randomBytes } from "node:crypto";
import { openShownQueues, QUEUE_BOARD_PATH, type ShownQueues } from "@winnow/api";
import type { RedisAddress } from "@winnow/redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, openTestApi, type TestApi } from "../../support/api.js";
import { makeKey, type TestKey } from "../../support/keys.js";
import { addressOf, createTestRedis } from "../../support/redis.js";

let redis: RedisAddress;
let prefix: string;
const opened: ShownQueues[] = [];
const apis: TestApi[] = [];

beforeAll(async () => {
  const { url, prefix: own } = await createTestRedis();
  [redis, prefix] = [addressOf(url), own];
});
afterAll(async () => {
  for (const api of apis) await api.close();
  for (const queues of opened) await queues.close();
  redis.close();
});

async function openBoard(always: boolean, writes: boolean): Promise<TestApi> {
  const queues = openShownQueues({ redis, prefix, writes });
  opened.push(queues);
  const api = await openTestApi({ app: { queueBoard: { queues, always, writes } } });
  apis.push(api);
  return api;
}

/** Waits for the connection, which is made in the background. */
async function shown(api: TestApi, headers = {}) {
  for (let tries = 0; ; tries++) {
    const answer = await api.app.inject({ url: `${QUEUE_BOARD_PATH}/api/queues`, headers });
    if (answer.statusCode !== 503 || tries === 50) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const pause = (api: TestApi, headers = {}) =>
  api.app.inject({ method: "PUT", url: `${QUEUE_BOARD_PATH}/api/queues/pruning/pause`, headers });

const asPassword = ({ token }: TestKey) => ({
  authorization: `Basic ${Buffer.from(`anybody:${token}`).toString("base64")}`,
});

describe("the page of the queues", () => {
  it("is for admins, whose key a browser sends as a password", async () => {
    const api = await openBoard(false, false);
    const [write, admin] = [await makeKey(api.store, "write"), await makeKey(api.store, "admin")];
    for (const path of ["", "/", "/queue/pruning", "/api/queues", "/static/css/none.css"]) {
      const url = `${QUEUE_BOARD_PATH}${path}`;
      const bare = await api.app.inject(url);
      expectProblem(bare, "unauthenticated");
      expect(bare.headers["www-authenticate"]).toMatch(
        /^Basic realm="Winnow: any name, an API key/,
      );
      expectProblem(await api.app.inject({ url, headers: asPassword(write) }), "forbidden");
    }
    const page = await api.app.inject({ url: QUEUE_BOARD_PATH, headers: asPassword(admin) });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain("Winnow queues");
    const queues = await shown(api, admin.headers);
    expect(queues.json().queues).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: "pruning", readOnlyMode: true })]),
    );
  });

  it("loads only its own scripts and styles", async () => {
    const api = await openBoard(true, false);
    const page = await api.app.inject(QUEUE_BOARD_PATH);
    expect(page.headers["content-security-policy"]).toMatch(/^default-src 'self';/);
    const scripts = [...page.body.matchAll(/<script[^>]*src="([^"]+)"/g)].map((m) => m[1] ?? "");
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) {
      const { headers } = await api.app.inject(`${QUEUE_BOARD_PATH}/${script}`);
      expect(headers["content-type"], script).toContain("javascript");
    }
  });

  it("is absent without keys, unless QUEUE_BOARD=true", async () => {
    const closed = await openBoard(false, false);
    expectProblem(await closed.app.inject(QUEUE_BOARD_PATH), "route-not-found");
    const open = await openBoard(true, false);
    expect((await open.app.inject(QUEUE_BOARD_PATH)).statusCode).toBe(200);
  });

  it("changes nothing, except with QUEUE_BOARD_WRITES; then the audit records it", async () => {
    const reading = await openBoard(false, false);
    const admin = await makeKey(reading.store, "admin");
    expectProblem(await pause(reading, admin.headers), "forbidden");

    const api = await openBoard(false, true);
    const key = await makeKey(api.store, "admin");
    expect((await shown(api, key.headers)).statusCode).toBe(200);
    const elsewhere = { ...key.headers, "sec-fetch-site": "cross-site" };
    expectProblem(await pause(api, elsewhere), "forbidden");
    const done = await pause(api, { ...key.headers, "sec-fetch-site": "same-origin" });
    expect(done.statusCode).toBe(200);
    const audit = await api.app.inject({ url: "/v1/audit", headers: key.headers });
    expect(audit.json().data).toMatchObject([
      { keyId: key.id, outcome: "ok", action: expect.stringContaining("PUT /admin/queues/api") },
      { keyId: key.id, outcome: "forbidden" },
      { action: "test" },
    ]);
  });

  it("a password that is not a key is refused", async () => {
    const api = await openBoard(false, false);
    await makeKey(api.store, "admin");
    const authorization = `Basic ${randomBytes(30).toString("base64")}`;
    const answer = await api.app.inject({ url: QUEUE_BOARD_PATH, headers: { authorization } });
    expectProblem(answer, "unauthenticated");
  });
});
