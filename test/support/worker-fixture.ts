import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prefixOf } from "@winnow/redis";
import { openStore, readNamespace, type Store } from "@winnow/store";
import { startApiProcess } from "./api-process.js";
import { type KillableServices, startKillableServices } from "./killable-services.js";
import { forkProgram, type NodeProcess } from "./node-process.js";
import { createTestDatabase } from "./postgres.js";
import { createTestRedis } from "./redis.js";

export { childrenOf, isAlive, killChildrenOf } from "./node-process.js";

const main = fileURLToPath(new URL("../../apps/worker/dist/main.js", import.meta.url));

/**
 * Waits of seconds instead of minutes, so that a recovery is quick. On a busy machine a heartbeat can
 * be a second or two late; the worker must not count as dead then.
 */
const QUICK = {
  HEARTBEAT_INTERVAL_MS: "250",
  LOCK_DURATION_MS: "6000",
  STALLED_INTERVAL_MS: "1000",
  STALE_AFTER_MS: "3000",
  RECONCILE_INTERVAL_MS: "500",
  RECONCILE_STALE_MS: "4000",
  STAND_IN_AFTER_MS: "500",
  SHUTDOWN_GRACE_MS: "10000",
  TRAINER_CONCURRENCY: "2",
};

/** The worker's real process; its output is a JSON line each. */
export type WorkerProcess = NodeProcess;

/** A database, a Redis prefix and a storage folder of the test file's own, and processes on them. */
export interface WorkerFixture {
  readonly store: Store;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly queuePrefix: string;
  /** Of the keys in Redis, with the database's name in it. */
  readonly prefix: string;
  readonly storageDir: string;
  /** Starts a worker process with quick waits; resolves when it takes deliveries. */
  startWorker(env?: Record<string, string>): Promise<WorkerProcess>;
  /** The same with `--once`. */
  startWorkerOnce(env?: Record<string, string>): Promise<WorkerProcess>;
  /** A worker with the waits of a real installation. */
  startPatientWorker(env?: Record<string, string>): Promise<WorkerProcess>;
  /** Starts an API process on a free port; resolves when it listens. */
  startApi(env?: Record<string, string>): Promise<NodeProcess & { readonly url: string }>;
  /** Stops what still runs, so that a test that failed leaves no worker to the next one. */
  stopAll(): Promise<void>;
  /** Stops what still runs and drops the database; a connection left open fails it. */
  close(): Promise<void>;
}

/** On the run's own Postgres and Redis. */
export async function openWorkerFixture(): Promise<WorkerFixture> {
  const [database, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
  return fixtureOn({
    databaseUrl: database.url,
    redisUrl: redis.url,
    queuePrefix: redis.prefix,
    close: () => database.drop(),
  });
}

/** On a Postgres and a Redis that nobody else uses: the test may kill them. */
export async function openKillableFixture(): Promise<
  WorkerFixture & { readonly services: KillableServices }
> {
  const services = await startKillableServices();
  const fixture = await fixtureOn({
    databaseUrl: services.postgres.url,
    redisUrl: services.redis.url,
    queuePrefix: "{winnow}",
    close: () => services.close(),
  });
  return { ...fixture, services };
}

/** The services of a fixture, and how they go. */
interface Services
  extends Pick<WorkerFixture, "databaseUrl" | "redisUrl" | "queuePrefix" | "close"> {}

async function fixtureOn({ close, ...services }: Services): Promise<WorkerFixture> {
  const storageDir = await mkdtemp(join(tmpdir(), "winnow-storage-"));
  const store = openStore({
    databaseUrl: services.databaseUrl,
    applicationName: "test",
    // Errors of a Postgres that the test kills; the next query gets a new connection.
    onError: () => {},
  });
  const running = new Set<NodeProcess>();
  const environment = {
    DATABASE_URL: services.databaseUrl,
    REDIS_URL: services.redisUrl,
    STORAGE_DIR: storageDir,
    QUEUE_PREFIX: services.queuePrefix,
  };
  const keep = <P extends NodeProcess>(started: P): P => {
    running.add(started);
    started.child.once("exit", () => running.delete(started));
    return started;
  };
  const stopAll = async () => {
    await Promise.all([...running].map((process) => process.stop()));
  };
  return {
    ...services,
    prefix: prefixOf(services.queuePrefix, await readNamespace(store)),
    store,
    storageDir,
    startWorker: async (env = {}) =>
      keep(await startWorkerProcess({ ...environment, ...QUICK, ...env })),
    startWorkerOnce: async (env = {}) =>
      keep(await startWorkerProcess({ ...environment, ...QUICK, ...env }, ["--once"])),
    startPatientWorker: async (env = {}) =>
      keep(await startWorkerProcess({ ...environment, ...env })),
    startApi: async (env = {}) => keep(await startApiProcess({ ...environment, ...env })),
    stopAll,
    async close() {
      await stopAll();
      await store.close();
      await rm(storageDir, { recursive: true, force: true });
      await close();
    },
  };
}

/** Forks the worker with exactly this environment; throws with its output if it ends before it is ready. */
export const startWorkerProcess = (
  env: Record<string, string>,
  args: readonly string[] = [],
): Promise<WorkerProcess> => forkProgram(main, env, "ready", args);
