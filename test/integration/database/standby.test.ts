import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { migrate, openStore } from "@winnow/store";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { startApiProcess } from "../../support/api-process.js";
import { runCli } from "../../support/cli.js";
import { freePort } from "../../support/free-port.js";
import { eventually, makeCsv } from "../../support/jobs.js";
import { forkProgram, type NodeProcess } from "../../support/node-process.js";
import { type PostgresPair, startPostgresPair } from "../../support/postgres-pair.js";
import { createTestRedis } from "../../support/redis.js";
import { seedPruning } from "../../support/seed-data.js";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const workerMain = fileURLToPath(new URL("../../../apps/worker/dist/main.js", import.meta.url));
const migrationsDir = fileURLToPath(new URL("../../../prisma/migrations", import.meta.url));

let pair: PostgresPair;
let folder: string;
let env: Record<string, string>;
const running: NodeProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "winnow-standby-"));
  const [started, redis] = await Promise.all([startPostgresPair(), createTestRedis()]);
  pair = started;
  env = {
    DATABASE_URL: pair.url,
    REDIS_URL: redis.url,
    QUEUE_PREFIX: redis.prefix,
    STORAGE_DIR: join(folder, "storage"),
  };
});

afterAll(async () => {
  await Promise.all(running.map((process) => process.stop()));
  await pair.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<{ api: string; worker: string }> {
  const port = String(await freePort());
  const health = { HEALTH_PORT: port, HEALTH_HOST: "127.0.0.1" };
  const [api, worker] = await Promise.all([
    startApiProcess(env),
    forkProgram(workerMain, { ...env, ...health, WORKER_ROLES: "cpu,orchestrator" }, "waiting"),
  ]);
  running.push(api, worker);
  return { api: api.url, worker: `http://127.0.0.1:${port}` };
}

const readyz = async (url: string) => {
  const response = await fetch(`${url}/readyz`);
  const { checks } = (await response.json()) as { checks: { ok: boolean; detail: string }[] };
  return { status: response.status, details: checks.flatMap((c) => (c.ok ? [] : [c.detail])) };
};

const says = (url: string, status: number, detail?: RegExp) =>
  eventually(`${url} to answer ${status}`, async () => {
    const told = await readyz(url);
    return told.status === status && (!detail || told.details.some((text) => detail.test(text)));
  });

const postUpload = (api: string) =>
  fetch(`${api}/v1/uploads`, {
    method: "POST",
    headers: { "content-type": "text/csv" },
    body: makeCsv(30),
  });

async function sql<T extends object>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

const STANDBY = /^Postgres is a standby that only reads: lead DATABASE_URL to the primary/;

describe("a hot standby", () => {
  let urls: { api: string; worker: string };
  let seeded: Awaited<ReturnType<typeof seedPruning>>;

  it("receives what the primary writes, and makes API and worker not ready", async () => {
    const store = openStore({ databaseUrl: pair.primaryUrl, applicationName: "test" });
    seeded = await seedPruning(store).finally(() => store.close());
    await eventually("the standby to have it", async () => {
      const found = await sql(
        pair.standbyUrl,
        `SELECT FROM prunings WHERE id = '${seeded.pruningId}'`,
      );
      return found.length === 1;
    });
    expect(await sql(pair.standbyUrl, "SELECT pg_is_in_recovery() AS is")).toEqual([{ is: true }]);
    pair.leadTo("standby");
    urls = await start();
    await says(urls.api, 503, STANDBY);
    await says(urls.worker, 503, STANDBY);
  });

  it("serves what is read, and refuses each write with a 503 of its own", async () => {
    for (const path of ["datasets", "jobs", "prunings", "webhooks", "audit"]) {
      const read = await fetch(`${urls.api}/v1/${path}`);
      expect(read.status, path).toBe(200);
    }
    const { datasetId, crossValidationId, pruningId, jobId } = seeded;
    const exported = await fetch(`${urls.api}/v1/prunings/${pruningId}/export`);
    expect(exported.status, await exported.text()).toBe(200);
    const writes = [
      ["POST", "uploads", makeCsv(3)],
      ["POST", "webhooks", { url: "https://hooks.example/winnow" }],
      ["POST", "jobs/fold-training", { datasetId, folds: 2, model: { kind: "quick" } }],
      ["POST", "jobs/pruning", { crossValidationId }],
      ["POST", `jobs/${jobId}/retry`, {}],
      [
        "POST",
        `datasets/${datasetId}/reviews`,
        { type: "rows", reviews: [{ ordinal: 0, verdict: "keep" }] },
      ],
      ["DELETE", `prunings/${pruningId}`, undefined],
    ] as const;
    for (const [method, path, body] of writes) {
      const isFile = typeof body === "string";
      const answer = await fetch(`${urls.api}/v1/${path}`, {
        method,
        ...(body && {
          headers: { "content-type": isFile ? "text/csv" : "application/json" },
          body: isFile ? body : JSON.stringify(body),
        }),
      });
      const text = await answer.text();
      expect([answer.status, JSON.parse(text).code], `${path}: ${text}`).toEqual([
        503,
        "database-read-only",
      ]);
      expect(answer.headers.get("retry-after"), path).not.toBeNull();
    }
  });

  it("is not migrated, and doctor says what it is", async () => {
    await expect(migrate(pair.standbyUrl, migrationsDir)).rejects.toMatchObject({
      code: "database-read-only",
    });
    const told = await runCli(["migrate"], { env: { DATABASE_URL: pair.standbyUrl } });
    expect(told.code).toBe(1);
    expect(told.stderr).toMatch(/only reads: it is a standby/);
    expect(told.stderr).not.toContain("    at ");
    const doctor = await runCli(["doctor", "--json"], {
      env: { ...env, DATABASE_URL: pair.standbyUrl },
    });
    expect(doctor.code).toBe(1);
    expect(JSON.parse(doctor.stdout).checks).toContainEqual(
      expect.objectContaining({
        name: "writes",
        status: "problem",
        found: "a standby, which takes none",
      }),
    );
  });

  it("that is promoted is ready, and the same processes do what is posted", async () => {
    await pair.promote();
    await says(urls.api, 200);
    await says(urls.worker, 200);
    const upload = await postUpload(urls.api);
    expect(upload.status).toBe(201);
    const { id: uploadId } = (await upload.json()) as { id: string };
    const posted = await fetch(`${urls.api}/v1/jobs/dataset-ingest`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        name: "after",
        source: { type: "upload", uploadId },
        format: { type: "csv", idColumn: "id", trueLabelColumn: "truth" },
      }),
    });
    const { id } = (await posted.json()) as { id: string };
    expect(posted.status).toBe(202);
    await eventually("the job to be done", async () => {
      const { state } = (await (await fetch(`${urls.api}/v1/jobs/${id}`)).json()) as {
        state: string;
      };
      return state === "succeeded";
    });
  });
});
