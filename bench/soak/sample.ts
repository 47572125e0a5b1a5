import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import type pg from "pg";
import { megabytes, round } from "../service/figures.js";
import { memoryOf, type Service } from "../service/service-processes.js";

/** Figures by name at a time in minutes from the start. */
export type Sample = { readonly minutes: number } & Readonly<Record<string, number>>;

const TABLES = ["jobs", "tasks", "outbox", "job_events", "idempotency_keys", "uploads", "flags"];

/** One row of figures: processes, connections, queues and tables as they are now. */
export async function takeSample(
  service: Service,
  pool: pg.Pool,
  redis: Redis,
): Promise<Omit<Sample, "minutes">> {
  const [api, worker] = await Promise.all([processOf(service.api), processOf(service.worker)]);
  return {
    ...named("api", api),
    ...named("worker", worker),
    trainers: childrenOf(service.worker.pid).length,
    ...(await postgresFigures(pool)),
    ...(await redisFigures(redis)),
  };
}

async function processOf(child: ChildProcess) {
  const { rss, heapUsed, external } = await memoryOf(child);
  return {
    rssMb: megabytes(rss),
    heapMb: round(heapUsed / 1e6, 1),
    externalMb: round(external / 1e6, 1),
    files: readdirSync(`/proc/${child.pid}/fd`).length,
    cpuSeconds: cpuSecondsOf(child.pid),
  };
}

const named = (prefix: string, figures: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(figures).map(([key, value]) => [`${prefix}_${key}`, value]));

async function postgresFigures(pool: pg.Pool) {
  const connections = await pool.query<{ name: string; n: number }>(
    `SELECT split_part(application_name, ' ', 1) AS name, count(*)::int AS n FROM pg_stat_activity
     WHERE datname = current_database() AND backend_type = 'client backend' GROUP BY 1`,
  );
  const by = Object.fromEntries(connections.rows.map(({ name, n }) => [name, n]));
  const open = await pool.query<{ tasks: number; outbox: number }>(
    `SELECT (SELECT count(*)::int FROM tasks WHERE state IN ('queued', 'running')) AS tasks,
       (SELECT count(*)::int FROM outbox WHERE sent_at IS NULL) AS outbox`,
  );
  const sizes = await pool.query<{ name: string; bytes: string }>(
    `SELECT name, pg_total_relation_size(name::regclass) AS bytes FROM unnest($1::text[]) AS name
     UNION ALL SELECT 'database', pg_database_size(current_database())`,
    [TABLES],
  );
  return {
    pg_api: by["winnow-api"] ?? 0,
    pg_worker: by["winnow-worker"] ?? 0,
    pg_relay: by["winnow-relay"] ?? 0,
    pg_trainers: by["winnow-trainer"] ?? 0,
    open_tasks: open.rows[0]!.tasks,
    outbox_unsent: open.rows[0]!.outbox,
    ...Object.fromEntries(
      sizes.rows.map(({ name, bytes }) => [`${name}_mb`, round(Number(bytes) / 1e6)]),
    ),
  };
}

async function redisFigures(redis: Redis) {
  const [clients, memory] = await Promise.all([redis.info("clients"), redis.info("memory")]);
  const number = (text: string, field: string) =>
    Number(new RegExp(`^${field}:(\\d+)`, "m").exec(text)?.[1]);
  return {
    // This process's own connection is not the service's.
    redis_clients: number(clients, "connected_clients") - 1,
    redis_mb: round(number(memory, "used_memory") / 1e6),
    redis_keys: await redis.dbsize(),
  };
}

/** User and system time; the clock ticks a hundred times a second on every Linux of today. */
function cpuSecondsOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function childrenOf(pid: number | undefined): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
}
