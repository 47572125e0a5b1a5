import { Redis } from "ioredis";

const timeoutMs = 1_000;

/** Tells whether Redis answers. Readiness shows it; no request waits for it. */
export interface RedisProbe {
  /** Rejects when Redis does not answer within a second. */
  ping(): Promise<void>;
  close(): void;
}

/** Connects in the background and goes on trying; fails fast while there is no connection. */
export function openRedisProbe(url: string): RedisProbe {
  const redis = new Redis(url, {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
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
