import { openRateLimitRedis } from "@winnow/api";
import type { AuditEntry } from "@winnow/contracts";
import { poolOf } from "@winnow/store/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, id, openTestApi, type TestApi } from "../../support/api.js";
import { makeKey, type TestKey } from "../../support/keys.js";
import { connectTo, createTestRedis } from "../../support/redis.js";
import { seedDataset } from "../../support/seed-data.js";

let api: TestApi;
let admin: TestKey;
let write: TestKey;

beforeAll(async () => {
  api = await openTestApi();
  admin = await makeKey(api.store, "admin");
  write = await makeKey(api.store, "write");
});
afterAll(() => api.close());

async function audit(query = ""): Promise<AuditEntry[]> {
  const answer = await api.app.inject({ url: `/v1/audit${query}`, headers: admin.headers });
  expect(answer.statusCode).toBe(200);
  return answer.json().data;
}

const send = (
  method: "POST" | "DELETE" | "PATCH",
  url: string,
  payload?: object | string,
  headers: object = {},
) =>
  api.app.inject({
    method,
    url,
    headers: { ...write.headers, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });

describe("the audit", () => {
  it("has a row for everything that is created, changed or deleted, with key and request", async () => {
    const datasetId = await seedDataset(api.store);
    const bytes = { "content-type": "application/octet-stream" };
    const upload = await send("POST", "/v1/uploads", "a secret text", bytes);
    const job = await send("POST", "/v1/jobs/fold-training", { datasetId });
    const cancelled = await send("POST", `/v1/jobs/${job.json().id}/cancel`);
    const retried = await send("POST", `/v1/jobs/${job.json().id}/retry`);
    await send("POST", `/v1/jobs/${retried.json().id}/cancel`);
    const deleted = await send("DELETE", `/v1/datasets/${datasetId}`);
    expect([upload, job, cancelled, retried, deleted].map((a) => a.statusCode)).toEqual([
      201, 202, 202, 202, 204,
    ]);
    const rows = (await audit(`?keyId=${write.id}`)).toReversed();
    expect(rows.map(({ action, resource, outcome }) => [action, resource, outcome])).toEqual([
      ["createUpload", upload.json().id, "ok"],
      ["createFoldTraining", job.json().id, "ok"],
      ["cancelJob", job.json().id, "ok"],
      ["retryJob", retried.json().id, "ok"],
      ["cancelJob", retried.json().id, "ok"],
      ["deleteDataset", datasetId, "ok"],
    ]);
    expect(rows[0]?.requestId).toBe(upload.headers["x-request-id"]);
    expect(rows[5]?.requestId).toBe(deleted.headers["x-request-id"]);
    expect(JSON.stringify(rows)).not.toContain("secret text");
  });

  it("has what was refused, with the problem's code, but not requests of unknown senders", async () => {
    const reader = await makeKey(api.store, "read");
    const before = (await audit())[0]?.id;
    await send("DELETE", `/v1/datasets/${id("ds")}`);
    await send("DELETE", "/v1/datasets/the text of a sample");
    await send("POST", "/v1/jobs/pruning", { crossValidationId: "no id" });
    await send("POST", "/v1/jobs/pruning", {}, reader.headers);
    await send("POST", "/v1/jobs/pruning", {}, { authorization: "Bearer wn_none" });
    await send("POST", `/v1/jobs/pruning?validateOnly=true`, { crossValidationId: id("cv") });
    const rows = (await audit()).filter((row) => Number(row.id) > Number(before)).toReversed();
    expect(
      rows.map(({ action, resource, outcome, keyId }) => [action, resource, outcome, keyId]),
    ).toEqual([
      ["deleteDataset", id("ds"), "dataset-not-found", write.id],
      ["deleteDataset", null, "dataset-not-found", write.id],
      ["createPruning", null, "validation-failed", write.id],
      ["createPruning", null, "forbidden", reader.id],
    ]);
  });

  it("holds the change's row if and only if the change was committed", async () => {
    const datasetId = await seedDataset(api.store);
    await poolOf(api.store).query(
      "ALTER TABLE audit_entries ADD CONSTRAINT none CHECK (outcome <> 'ok') NOT VALID",
    );
    try {
      expectProblem(await send("DELETE", `/v1/datasets/${datasetId}`), "internal");
      expectProblem(await send("POST", "/v1/jobs/fold-training", { datasetId }), "internal");
    } finally {
      await poolOf(api.store).query("ALTER TABLE audit_entries DROP CONSTRAINT none");
    }
    const dataset = await api.app.inject({
      url: `/v1/datasets/${datasetId}`,
      headers: write.headers,
    });
    expect(dataset.statusCode).toBe(200);
    const jobs = await api.app.inject({
      url: `/v1/jobs?datasetId=${datasetId}&kind=fold-training`,
      headers: write.headers,
    });
    expect(jobs.json().data).toEqual([]);
    expect((await audit(`?resource=${datasetId}`)).map((row) => row.outcome)).toEqual(["internal"]);
  });

  it("has one row for a request that is repeated with its idempotency key", async () => {
    const datasetId = await seedDataset(api.store);
    const again = { "idempotency-key": "once" };
    const first = await send("POST", "/v1/jobs/fold-training", { datasetId }, again);
    const second = await send("POST", "/v1/jobs/fold-training", { datasetId }, again);
    expect(second.headers["idempotent-replayed"]).toBe("true");
    expect(await audit(`?resource=${first.json().id}`)).toHaveLength(1);
  });

  it("is read in pages, newest first", async () => {
    const all = await audit("?limit=1000");
    const seen: string[] = [];
    let cursor = "";
    do {
      const url = `/v1/audit?limit=3${cursor && `&cursor=${cursor}`}`;
      const page = (await api.app.inject({ url, headers: admin.headers })).json();
      seen.push(...page.data.map((row: AuditEntry) => row.id));
      cursor = page.nextCursor ?? "";
    } while (cursor);
    expect(seen).toEqual(all.map((row) => row.id));
    expect(seen.map(Number)).toEqual(seen.map(Number).toSorted((a, b) => b - a));
  });
});

it("a key's secret is in no table and not in Redis after it was used everywhere", async () => {
  const { url, prefix } = await createTestRedis();
  const redis = openRateLimitRedis(connectTo(url));
  await new Promise((resolve) => redis.once("ready", resolve));
  const used = await openTestApi({ app: { rateLimit: { perMinute: 1000, redis, prefix } } });
  try {
    const key = await makeKey(used.store, "admin");
    const headers = { ...key.headers, "idempotency-key": "mine" };
    const datasetId = await seedDataset(used.store);
    const payload = { datasetId };
    const posted = await used.app.inject({
      method: "POST",
      url: "/v1/jobs/fold-training",
      headers,
      payload,
    });
    expect(posted.statusCode).toBe(202);
    await used.app.inject({ method: "DELETE", url: `/v1/datasets/${datasetId}`, headers });

    const tables = await poolOf(used.store).query<{ name: string }>(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('public', 'partitions')",
    );
    expect(tables.rows.length).toBeGreaterThan(15);
    let dump = "";
    for (const { name } of tables.rows) {
      const rows = await poolOf(used.store).query(`SELECT t::text AS row FROM ${name} t`);
      dump += rows.rows.map(({ row }) => row).join("\n");
    }
    for (const name of await redis.keys(`${prefix}*`)) dump += `${name}=${await redis.get(name)}\n`;
    expect(dump).toContain(key.id);
    expect(dump).toContain(`${prefix}:rate:${key.id}`);
    const secret = key.token.slice(-43);
    const bytes = Buffer.from(secret, "base64url");
    for (const form of [
      secret,
      bytes.toString("hex"),
      bytes.toString("base64"),
      key.token.slice(0, -43),
    ]) {
      expect(dump.includes(form)).toBe(false);
    }
  } finally {
    await used.close();
    redis.disconnect();
  }
});
