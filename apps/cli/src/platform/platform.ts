import { chmodSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { WORKER_ROLES } from "@winnow/contracts";
import {
  type LocalServices,
  type LocalServicesOptions,
  startLocalServices,
} from "@winnow/local-services";
import { makeStorage, PRIVATE, storageDirOf } from "@winnow/storage";
import { migrate } from "@winnow/store";
import { CliError } from "../terminal/failure.js";
import { type PlatformChild, startChild } from "./child.js";
import { takeDataFolder } from "./data-folder-lock.js";
import { API_MAIN, MIGRATIONS_DIR, WORKER_MAIN } from "./paths.js";
import { watchDatabase } from "./watch-database.js";

export interface PlatformOptions {
  /** Holds databases, files and logs. */
  readonly dataDir: string;
  /** The API's port on loopback; 0 for a free one. */
  readonly port: number;
  /** Trainer children at a time. Default: one for each core. */
  readonly trainers?: number;
  readonly logLevel: string;
  /** Postgres and Redis to use instead of starting them. */
  readonly services?: {
    readonly databaseUrl?: string;
    /** As the owner of the tables, where the service is to connect as another role. */
    readonly ownerUrl?: string;
    readonly directDatabaseUrl?: string;
    readonly redisUrl?: string;
  };
  readonly durability: NonNullable<LocalServicesOptions["durability"]>;
  readonly onEvent?: (line: string) => void;
  /** Runs once the database is migrated, before anybody can reach the API. */
  readonly onDatabase?: (databaseUrl: string) => Promise<void>;
}

/** How long a child may take to end after another part has failed: time for a checkpoint. */
const ABANDONED_MS = 10_000;

/** All of Winnow on one machine, up and ready. */
export interface Platform {
  readonly url: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** What the worker trains on, e.g. `wasm`. */
  readonly backend: string;
  readonly dataDir: string;
  readonly logsDir: string;
}

/**
 * Starts Postgres, Redis, the worker and the API, gives them to `use`, and stops all of it in order
 * when `use` is done, fails, or `signal` aborts. Refused with `data-folder-in-use` where it runs already. When a part ends early, the signal given to `use`
 * aborts and the error says which part and why. Nothing that it started is left running.
 */
export async function withPlatform<T>(
  options: PlatformOptions,
  signal: AbortSignal,
  use: (platform: Platform, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const fail = (error: Error) => failure.abort(error);
  const children: PlatformChild[] = [];
  const lock = takeDataFolder(resolve(options.dataDir), fail);
  let services: LocalServices | undefined;
  try {
    services = await startServices(options, fail);
    either.throwIfAborted();
    const platform = await startPrograms(options, services, children, either, fail);
    lock.announce(platform.url);
    const { onEvent } = options;
    void watchDatabase({ ...platform, onEvent, signal: either }).then((gone) => {
      if (gone) fail(gone);
    });
    return await use(platform, either);
  } catch (error) {
    // Once a part has ended, the errors of `use` only follow from that.
    throw either.aborted ? either.reason : error;
  } finally {
    // Without a part, what the others would save has nowhere to go.
    const patienceMs = failure.signal.aborted ? ABANDONED_MS : undefined;
    await Promise.allSettled(children.map((child) => child.stop(patienceMs)));
    await services?.stop();
    lock.release();
  }
}

/** Migrates, then starts worker and API. `children` holds what runs, also when this throws. */
async function startPrograms(
  options: PlatformOptions,
  { databaseUrl, appDatabaseUrl, redisUrl }: LocalServices,
  children: PlatformChild[],
  signal: AbortSignal,
  fail: (error: Error) => void,
): Promise<Platform> {
  const dataDir = resolve(options.dataDir);
  const logsDir = join(dataDir, "logs");
  const storageDir = storageDirOf(dataDir);
  mkdirSync(logsDir, { recursive: true, mode: PRIVATE.folder });
  chmodSync(logsDir, PRIVATE.folder); // of an earlier version: errors can quote what was read
  await makeStorage(storageDir);

  const { ownerUrl = databaseUrl, directDatabaseUrl } = options.services ?? {};
  const app = { databaseUrl: appDatabaseUrl, directDatabaseUrl };
  const { applied } = await migrate(ownerUrl, MIGRATIONS_DIR, undefined, app);
  options.onEvent?.(applied.length > 0 ? "database migrated" : "database up to date");
  await options.onDatabase?.(databaseUrl);
  signal.throwIfAborted();

  const launch = async (name: "api" | "worker", greeting: string, own: Record<string, string>) => {
    const child = await startChild({
      name,
      main: name === "api" ? API_MAIN : WORKER_MAIN,
      env: {
        DATABASE_URL: appDatabaseUrl,
        DIRECT_DATABASE_URL: directDatabaseUrl ?? "",
        MIGRATION_DATABASE_URL: "", // nothing that serves requests may know it
        REDIS_URL: redisUrl,
        STORAGE_DIR: storageDir,
        LOG_LEVEL: options.logLevel,
        ...own,
      },
      logFile: join(logsDir, `${name}.log`),
      greeting,
      signal,
    });
    children.push(child);
    void child.ended.then(fail);
    return child;
  };
  const [worker, api] = await settled([
    launch("worker", "ready", {
      WORKER_ROLES: WORKER_ROLES.join(","),
      TRAINER_CONCURRENCY: String(options.trainers ?? "cores"),
    }),
    launch("api", "listening", { HOST: "127.0.0.1", PORT: String(options.port) }),
  ]);
  return { url: urlOf(api), databaseUrl, redisUrl, backend: backendOf(worker), dataDir, logsDir };
}

function startServices(
  { dataDir, services = {}, durability, onEvent }: PlatformOptions,
  fail: (error: Error) => void,
): Promise<LocalServices> {
  return startLocalServices({
    dataDir: resolve(dataDir),
    durability,
    env: { DATABASE_URL: services.databaseUrl, REDIS_URL: services.redisUrl },
    onEvent: ({ service, event, detail }) => {
      const reason = detail === undefined ? "" : ` (${detail})`;
      onEvent?.(`${service} ${event}${reason}`);
      if (event === "ended") {
        fail(
          new CliError(
            `${service}-ended`,
            `${service} stopped${reason}; its log is in ${resolve(dataDir, service)}.`,
          ),
        );
      }
    },
  });
}

/** All results; a failure is thrown when none is under way any more. */
async function settled<T extends readonly Promise<unknown>[]>(all: readonly [...T]) {
  await Promise.allSettled(all);
  return Promise.all(all);
}

function urlOf(api: PlatformChild): string {
  const { url } = api.greeting;
  if (typeof url === "string") return url;
  throw new CliError("api-ended", "The API did not report its address.");
}

/** The worker greets with `backend: {backend: "wasm", ...}`. */
function backendOf({ greeting }: PlatformChild): string {
  const { backend } = greeting;
  const name: unknown = typeof backend === "object" && backend && Reflect.get(backend, "backend");
  return typeof name === "string" ? name : "an unnamed backend";
}
