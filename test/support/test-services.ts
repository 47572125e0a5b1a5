import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type LocalService, startPostgres, startRedis } from "@winnow/local-services";
import { migrate } from "@winnow/store";
import pg from "pg";

const migrationsDir = fileURLToPath(new URL("../../prisma/migrations", import.meta.url));
const FOLDER_PREFIX = "winnow-tests-";
const TEMPLATE = "winnow_template";
const LEAK_TIMEOUT_MS = 2_000;

/** One Postgres and one Redis for a whole test run; each starts when it is first asked for. */
export interface TestServices {
  createDatabase(kind: "migrated" | "empty"): Promise<{ url: string; name: string }>;
  /** Rejects when a connection is still open; the database is dropped anyway. */
  dropDatabase(name: string): Promise<{ name: string }>;
  redis(): Promise<{ url: string }>;
  close(): Promise<void>;
}

/** Services in a temporary folder, on ports of their own; a killed run takes them down as well. */
export function openTestServices(): TestServices {
  removeLeftovers();
  const dataDir = mkdtempSync(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
  const started: Promise<LocalService>[] = [];
  const keep = (service: Promise<LocalService>) => {
    started.push(service);
    return service;
  };
  // One of another version, to run the tests on; see docs/explanation/supported-versions.md.
  const env = { DATABASE_URL: process.env.TEST_DATABASE_URL };
  const postgres = once(() => keep(startPostgres({ dataDir, durability: "fast", env })));
  const redis = once(() => keep(startRedis({ dataDir, durability: "fast" })));
  const admin = once(async () => {
    const pool = new pg.Pool({ connectionString: (await postgres()).url, max: 4 });
    pool.on("error", () => {}); // Postgres goes down before the pool when the run is interrupted
    return pool;
  });
  const migratedTemplate = once(async () => {
    await migrate(withDatabase((await postgres()).url, TEMPLATE), migrationsDir);
    return TEMPLATE;
  });

  return {
    async createDatabase(kind) {
      const source = kind === "migrated" ? await migratedTemplate() : "template0";
      const name = `test_${randomBytes(6).toString("hex")}`;
      await (await admin()).query(`CREATE DATABASE ${name} TEMPLATE ${source}`);
      return { url: withDatabase((await postgres()).url, name), name };
    },
    async dropDatabase(name) {
      const pool = await admin();
      const leaked = await remainingConnections(pool, name);
      await dropForced(pool, name);
      if (leaked.length > 0) throw new Error(`Connections were left open:\n${leaked.join("\n")}`);
      return { name };
    },
    async redis() {
      return { url: (await redis()).url };
    },
    async close() {
      if (started.length > 0) await (await admin().catch(() => undefined))?.end();
      for (const outcome of await Promise.allSettled(started)) {
        if (outcome.status === "fulfilled") await outcome.value.stop();
      }
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Postgres 12 has no WITH (FORCE). */
async function dropForced(pool: pg.Pool, name: string): Promise<void> {
  await pool.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [
    name,
  ]);
  await pool.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)}`);
}

/** Who is still connected after a moment: a pool that was closed needs one to say goodbye. */
async function remainingConnections(pool: pg.Pool, name: string): Promise<string[]> {
  const deadline = Date.now() + LEAK_TIMEOUT_MS;
  for (;;) {
    const { rows } = await pool.query<{ line: string }>(
      `SELECT format('%s (%s): %s', application_name, state, query) AS line
       FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`,
      [name],
    );
    if (rows.length === 0 || Date.now() > deadline) return rows.map(({ line }) => line);
    await sleep(20);
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/** Folders of runs that were killed: their services are gone, their files are not. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(FOLDER_PREFIX))) {
    const pid = Number(name.slice(FOLDER_PREFIX.length).split("-")[0]);
    if (isAlive(pid)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
