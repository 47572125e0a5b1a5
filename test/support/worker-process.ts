import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openStore, type Store } from "@winnow/store";
import { createTestDatabase } from "./postgres.js";
import { createTestRedis } from "./redis.js";

const main = fileURLToPath(new URL("../../apps/worker/dist/main.js", import.meta.url));

/** Waits of a second instead of a minute, so that a recovery is quick. */
const QUICK = {
  HEARTBEAT_INTERVAL_MS: "250",
  LOCK_DURATION_MS: "4000",
  STALLED_INTERVAL_MS: "1000",
  STALE_AFTER_MS: "1500",
  RECONCILE_INTERVAL_MS: "500",
  RECONCILE_STALE_MS: "2000",
  SHUTDOWN_GRACE_MS: "10000",
  TRAINER_CONCURRENCY: "2",
};

/** The worker's real process. */
export interface WorkerProcess {
  readonly child: ChildProcess;
  /** What it wrote so far: its log, a JSON line each. */
  output(): string;
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** What a test file of the worker stands on: a database, a Redis prefix and a storage folder of its own. */
export interface Bench {
  readonly store: Store;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly queuePrefix: string;
  readonly storageDir: string;
  /** Starts a worker process; resolves when it takes deliveries. */
  startWorker(env?: Record<string, string>): Promise<WorkerProcess>;
  /** Stops what still runs and drops the database; a connection left open fails it. */
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const [database, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
  const storageDir = await mkdtemp(join(tmpdir(), "winnow-storage-"));
  const store = openStore({ databaseUrl: database.url, applicationName: "test" });
  const running = new Set<WorkerProcess>();
  return {
    store,
    databaseUrl: database.url,
    redisUrl: redis.url,
    queuePrefix: redis.prefix,
    storageDir,
    async startWorker(env = {}) {
      const worker = await startWorkerProcess({
        DATABASE_URL: database.url,
        REDIS_URL: redis.url,
        QUEUE_PREFIX: redis.prefix,
        STORAGE_DIR: storageDir,
        ...QUICK,
        ...env,
      });
      running.add(worker);
      worker.child.once("exit", () => running.delete(worker));
      return worker;
    },
    async close() {
      await Promise.all([...running].map((worker) => worker.stop()));
      await store.close();
      await rm(storageDir, { recursive: true, force: true });
      await database.drop();
    },
  };
}

/** Forks the worker with exactly this environment; throws with its output if it ends before it is ready. */
export async function startWorkerProcess(env: Record<string, string>): Promise<WorkerProcess> {
  const child = fork(main, [], {
    env: { PATH: process.env.PATH, ...env },
    execArgv: [],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const gone = once(child, "close");
  const ready = new Promise<void>((resolve) => {
    child.on("message", (message) => {
      if ((message as { type?: unknown }).type === "ready") resolve();
    });
  });
  const early = gone.then(([code]) => {
    throw new Error(`the worker ended with ${code} before it was ready:\n${output}`);
  });
  await Promise.race([ready, early]);
  early.catch(() => {});
  return {
    child,
    output: () => output,
    async stop() {
      child.kill("SIGTERM");
      const [code] = await gone;
      return code as number | null;
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** The process ids of a worker's children: the trainers. */
export const childrenOf = (worker: WorkerProcess): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statusOf(pid)?.includes(`\nPPid:\t${worker.child.pid}\n`));

/** Whether the process runs; a zombie does not, it only waits for its parent to look. */
export const isAlive = (pid: number): boolean => {
  const status = statusOf(pid);
  return status !== null && !/^State:\tZ/m.test(status);
};

function statusOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return null;
  }
}
