import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import getPort from "get-port";
import { Redis } from "ioredis";
import { readSurroundings, type ServiceEnv } from "../config.js";
import { LocalServicesError } from "../errors.js";
import { startGuarded } from "../processes/guarded-process.js";
import {
  type Durability,
  joinOrStart,
  type LocalService,
  type ServiceEvent,
  waitUntilReady,
} from "../service/service.js";
import { logTail, openServiceFolder, type ServiceFolder } from "../service/service-folder.js";
import { findRedisServer } from "./redis-server.js";

/** How a local Redis is started. `dataDir` contains its append-only file in `redis/`. */
export interface RedisOptions {
  readonly dataDir: string;
  /** The port; a free one by default. A restart on the same port keeps the URL. */
  readonly port?: number;
  readonly durability?: Durability;
  readonly env?: ServiceEnv;
  readonly onEvent?: (event: ServiceEvent) => void;
}

/**
 * Starts a Redis (or Valkey) on a free loopback port with a generated password, an append-only file
 * and `noeviction`. A given REDIS_URL takes precedence; a Redis that already runs in `dataDir` is
 * used, and `stop` does not end it.
 */
export async function startRedis(options: RedisOptions): Promise<LocalService> {
  const { redisUrl, path, cacheDir } = readSurroundings(options.env);
  if (redisUrl !== undefined) {
    options.onEvent?.({ service: "redis", event: "given" });
    return { url: redisUrl, started: false, stop: async () => {} };
  }
  const folder = openServiceFolder(resolve(options.dataDir), "redis");
  const urlOf = (port: number) => `redis://:${folder.password}@127.0.0.1:${port}`;

  return joinOrStart({
    service: "redis",
    folder,
    urlOf,
    orphanSignal: "SIGTERM",
    answers: async (port) => (await probe(urlOf(port))) === "ready",
    onEvent: options.onEvent,
    async start() {
      const program = await findRedisServer(path, cacheDir, (detail) =>
        options.onEvent?.({ service: "redis", event: "unpacking", detail }),
      );
      const port = options.port ?? (await getPort({ host: "127.0.0.1" }));
      const server = await startGuarded({
        command: program.command,
        args: [writeSettings(folder, port, options.durability ?? "safe")],
        cwd: folder.dir,
        env: { LC_ALL: "C", TZ: "UTC", ...program.env },
        logFile: folder.logFile,
        runningFile: folder.runningFile,
        stopSignals: [
          { signal: "SIGTERM", afterMs: 0 }, // flushes the append-only file
          { signal: "SIGKILL", afterMs: 15_000 },
        ],
      });
      await waitUntilReady(
        server,
        () => probe(urlOf(port)),
        (reason) =>
          new LocalServicesError(
            "redis-start-failed",
            `Redis did not start in ${folder.data}: ${reason}. Its log ends with:\n${logTail(folder)}`,
            `Fix what the log says (${folder.logFile}), name another data folder, or set REDIS_URL.`,
          ),
      );
      return { server, port };
    },
  });
}

/**
 * The settings go into a file with mode 0600: every user could read a password on the command line.
 */
function writeSettings(folder: ServiceFolder, port: number, durability: Durability): string {
  mkdirSync(folder.data, { recursive: true, mode: 0o700 });
  const file = join(folder.dir, "redis.conf");
  const settings = [
    "bind 127.0.0.1",
    `port ${port}`,
    `requirepass ${folder.password}`,
    `dir ${JSON.stringify(folder.data)}`,
    "maxmemory-policy noeviction",
    "appendonly yes",
    `appendfsync ${durability === "fast" ? "no" : "everysec"}`,
    'save ""',
    "daemonize no",
    "supervised no",
    "databases 1",
  ];
  writeFileSync(file, `${settings.join("\n")}\n`, { mode: 0o600 });
  return file;
}

/** "ready", "starting" (it reads its append-only file: keep waiting), or the text of another error. */
async function probe(url: string): Promise<string> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 2_000,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on("error", () => {}); // the rejected call below reports it
  try {
    await client.connect();
    await client.ping();
    return "ready";
  } catch (error) {
    const text = String(error);
    return text.includes("LOADING") ? "starting" : text;
  } finally {
    client.disconnect();
  }
}
