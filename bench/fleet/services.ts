import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres, startRedis } from "@winnow/local-services";
import { migrate, openStore, type Store } from "@winnow/store";
import { Redis } from "ioredis";
import { inProject } from "../service/paths.js";
import { type Pooler, startPooler } from "../service/pgbouncer.js";

/** What the fleet meets: Postgres behind PgBouncer, Redis, an orchestrator. No API: no fold needs it. */
export interface FleetServices {
  readonly folder: string;
  /** For a worker, on an address of this machine. */
  environment(address: string): Record<string, string>;
  readonly store: Store;
  readonly redis: Redis;
  readonly pooler: Pooler;
  readonly orchestrator: ChildProcess;
}

/** Server connections of the pooler, and clients that it may have. */
const POOL_SIZE = 20;
const CLIENTS = 5_000;

/**
 * Runs `work` beside services that listen on loopback and on the other `addresses`. There sessions lead through a
 * second pooler, in session mode: this Postgres listens on loopback only.
 */
export async function withFleetServices<T>(
  { pgbouncer, addresses = [] }: { pgbouncer: string; addresses?: readonly string[] },
  work: (services: FleetServices) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "winnow-fleet-"));
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const ends: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const postgres = await startPostgres({ dataDir: folder, durability: "safe", env });
    ends.push(() => postgres.stop());
    const redisServer = await startRedis({ dataDir: folder, durability: "safe", env });
    ends.push(() => redisServer.stop());
    await migrate(postgres.url, inProject("prisma/migrations"));
    const keepalives = { tcp_keepidle: "10", tcp_keepintvl: "5", tcp_keepcnt: "4" };
    const poolerOf = (mode: "transaction" | "session", settings = {}) =>
      startPooler(pgbouncer, [postgres.url], {
        mode,
        poolSize: POOL_SIZE,
        settings: {
          listen_addr: ["127.0.0.1", ...addresses].join(","),
          max_client_conn: String(CLIENTS),
          ...keepalives,
          ...settings,
        },
      });
    const pooler = await poolerOf("transaction");
    ends.push(() => pooler.close());
    const sessions = await poolerOf("session", { ignore_startup_parameters: "options" });
    ends.push(() => sessions.close());
    const store = openStore({ databaseUrl: postgres.url, applicationName: "bench" });
    ends.push(() => store.close());
    const redis = new Redis(redisServer.url);
    ends.push(async () => redis.disconnect());
    await redis.config("SET", "bind", ["127.0.0.1", ...addresses].join(" "));
    const environment = (address: string) => ({
      PATH: process.env.PATH ?? "",
      DATABASE_URL: onAddress(pooler.through(postgres.url), address),
      DIRECT_DATABASE_URL:
        address === "127.0.0.1" ? postgres.url : onAddress(sessions.through(postgres.url), address),
      REDIS_URL: onAddress(redisServer.url, address),
      STORAGE_DIR: join(folder, "storage"),
      LOG_LEVEL: "error",
    });
    const orchestrator = fork(inProject("apps/worker/dist/main.js"), [], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: { ...environment("127.0.0.1"), WORKER_ROLES: "orchestrator" },
    });
    await once(orchestrator, "message");
    ends.push(async () => {
      orchestrator.kill("SIGTERM");
      await once(orchestrator, "exit");
    });
    return await work({ folder, environment, store, redis, pooler, orchestrator });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

function onAddress(url: string, address: string): string {
  const moved = new URL(url);
  moved.hostname = address;
  return moved.href;
}
