import type { ServiceEnv } from "../config.js";
import type { Durability, LocalService, ServiceEvent } from "../service/service.js";
import { startPostgres } from "./postgres.js";
import { startRedis } from "./redis.js";

/**
 * What to start, and where to store its data. A service set to false is not started; its URL is
 * empty.
 */
export interface LocalServicesOptions {
  readonly dataDir: string;
  readonly postgres?: boolean;
  readonly redis?: boolean;
  /** "safe" (the default) survives a power failure; "fast" is for a demo or tests. */
  readonly durability?: Durability;
  /** Given URLs take precedence. PATH, HOME and XDG_CACHE_HOME override the process's. */
  readonly env?: ServiceEnv;
  readonly onEvent?: (event: ServiceEvent) => void;
}

/** URLs of services that respond. `stop` ends only what this call started. */
export interface LocalServices {
  /** As the owner of the tables, for migrations. */
  readonly databaseUrl: string;
  /** As the role of the service; where DATABASE_URL was given, the same. */
  readonly appDatabaseUrl: string;
  readonly redisUrl: string;
  readonly started: { readonly postgres: boolean; readonly redis: boolean };
  stop(): Promise<void>;
}

const notWanted: LocalService = { url: "", started: false, stop: async () => {} };

/**
 * Postgres and Redis for one machine: given by URL, joined if they already run in `dataDir`, or
 * started on free loopback ports and ended with this process, however it ends. Throws
 * LocalServicesError and then leaves nothing running.
 */
export async function startLocalServices(options: LocalServicesOptions): Promise<LocalServices> {
  const [postgres, redis] = await Promise.allSettled([
    options.postgres === false ? { ...notWanted, appUrl: "" } : startPostgres(options),
    options.redis === false ? notWanted : startRedis(options),
  ]);
  if (postgres.status === "rejected" || redis.status === "rejected") {
    for (const outcome of [postgres, redis]) {
      if (outcome.status === "fulfilled") await outcome.value.stop();
    }
    throw postgres.status === "rejected"
      ? postgres.reason
      : (redis as PromiseRejectedResult).reason;
  }
  return {
    databaseUrl: postgres.value.url,
    appDatabaseUrl: postgres.value.appUrl,
    redisUrl: redis.value.url,
    started: { postgres: postgres.value.started, redis: redis.value.started },
    async stop() {
      await Promise.all([postgres.value.stop(), redis.value.stop()]);
    },
  };
}
