import type { ServiceEnv } from "./config.js";
import { startPostgres } from "./postgres.js";
import { startRedis } from "./redis.js";
import type { Durability, LocalService, ServiceEvent } from "./service.js";

/** What to start, and where its data lies. A service set to false is not started; its URL is empty. */
export interface LocalServicesOptions {
  readonly dataDir: string;
  readonly postgres?: boolean;
  readonly redis?: boolean;
  /** "safe" (the default) survives a power cut; "fast" suits a demo or tests. */
  readonly durability?: Durability;
  /** Given URLs win. PATH, HOME and XDG_CACHE_HOME stand in for the process's. */
  readonly env?: ServiceEnv;
  readonly onEvent?: (event: ServiceEvent) => void;
}

/** URLs of services that answer. `stop` ends what this call started, and only that. */
export interface LocalServices {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly started: { readonly postgres: boolean; readonly redis: boolean };
  stop(): Promise<void>;
}

const notWanted: LocalService = { url: "", started: false, stop: async () => {} };

/**
 * Postgres and Redis for one machine: given by URL, joined where they run already in `dataDir`, or
 * started on free loopback ports and ended with this process, however it ends. Throws
 * LocalServicesError; nothing stays started then.
 */
export async function startLocalServices(options: LocalServicesOptions): Promise<LocalServices> {
  const [postgres, redis] = await Promise.allSettled([
    options.postgres === false ? notWanted : startPostgres(options),
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
    redisUrl: redis.value.url,
    started: { postgres: postgres.value.started, redis: redis.value.started },
    async stop() {
      await Promise.all([postgres.value.stop(), redis.value.stop()]);
    },
  };
}
