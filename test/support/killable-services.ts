import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LocalService, startPostgres, startRedis } from "@winnow/local-services";
import { migrate } from "@winnow/store";
import { isAlive } from "./node-process.js";

const migrationsDir = fileURLToPath(new URL("../../prisma/migrations", import.meta.url));

/** A server of the test's own; a restart keeps its URL and its data. */
export interface KillableService {
  readonly url: string;
  /** The server's process id; another one after each start. */
  pid(): number;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** An orderly end. */
  stop(): Promise<void>;
  /** Starts it again on its port and data. */
  start(): Promise<void>;
}

export interface KillableServices {
  /** Migrated; durable, so that a kill loses nothing that was committed. */
  readonly postgres: KillableService;
  readonly redis: KillableService;
  close(): Promise<void>;
}

/** A Postgres and a Redis in a temporary folder, ended with this process at the latest. */
export async function startKillableServices(): Promise<KillableServices> {
  const dataDir = mkdtempSync(join(tmpdir(), "winnow-killable-"));
  // "safe" for both: what a real installation runs with is what shall survive.
  const options = { dataDir, durability: "safe" } as const;
  const [postgres, redis] = await Promise.all([
    killable(join(dataDir, "postgres"), (port) => startPostgres({ ...options, ...port })),
    killable(join(dataDir, "redis"), (port) => startRedis({ ...options, ...port })),
  ]);
  await migrate(postgres.url, migrationsDir);
  return {
    postgres,
    redis,
    async close() {
      await Promise.all([postgres.stop(), redis.stop()]);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function killable(
  folder: string,
  launch: (port: { port?: number }) => Promise<LocalService>,
): Promise<KillableService> {
  let service = await launch({});
  const { url } = service;
  const port = Number(new URL(url).port);
  const pid = () => {
    const running = JSON.parse(readFileSync(join(folder, "running.json"), "utf8"));
    return (running as { server: { pid: number } }).server.pid;
  };
  return {
    url,
    pid,
    async kill() {
      const victim = pid();
      process.kill(victim, "SIGKILL");
      // Its guard has seen it as well.
      await service.stop();
      if (isAlive(victim)) throw new Error(`the server ${victim} outlived SIGKILL`);
    },
    stop: () => service.stop(),
    async start() {
      service = await launch({ port });
    },
  };
}
