import { Redis } from "ioredis";

const TIMEOUT_MS = 1_000;

/** Checks whether Redis answers, for readiness; no other request waits for it. */
export interface RedisProbe {
  /** Rejects when Redis does not answer within a second. */
  ping(): Promise<void>;
  close(): void;
}

/** Connects and reconnects in the background; `ping` fails at once while there is no connection. */
export function openRedisProbe(url: string): RedisProbe {
  const redis = new Redis(url, {
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 200, 5_000),
  });
  let lastError: Error | undefined;
  redis.on("error", (error) => {
    lastError = error;
  });
  redis.on("ready", () => {
    lastError = undefined;
  });
  return {
    async ping() {
      try {
        await redis.ping();
      } catch (error) {
        throw lastError ?? error;
      }
    },
    close: () => redis.disconnect(),
  };
}
