import rateLimit from "@fastify/rate-limit";
import { AppError, ROUTES } from "@winnow/contracts";
import type { FastifyInstance } from "fastify";
import { Redis } from "ioredis";

export interface RateLimit {
  /** Requests of one key in a minute. */
  readonly perMinute: number;
  /** Where the processes of the API count together; null: each for itself. */
  readonly redis: Redis | null;
  /** What the names of the counters begin with. */
  readonly prefix: string;
}

/** Slower than this, Redis counts as down, and the request passes. */
const redisTimeoutMs = 250;

/** A connection for the counters: every command fails at once while there is none. */
export function openRateLimitRedis(url: string): Redis {
  const redis = new Redis(url, {
    connectionName: "winnow-rate-limit",
    connectTimeout: 1_000,
    commandTimeout: redisTimeoutMs,
    enableOfflineQueue: false,
    // The counts of requests that come together go in one write.
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 200, 5_000),
  });
  // Readiness tells of it.
  redis.on("error", () => {});
  return redis;
}

/** What probes ask: a limit would have the process restarted. */
const UNLIMITED: ReadonlySet<string | undefined> = new Set([
  ROUTES.health.path,
  ROUTES.readiness.path,
]);

/**
 * Counts requests by key, or by address where none was good, and answers 429 with Retry-After above
 * the limit. Without an answer of Redis the request is served.
 */
export async function registerRateLimit(app: FastifyInstance, limit: RateLimit): Promise<void> {
  await app.register(rateLimit, {
    max: limit.perMinute,
    timeWindow: 60_000,
    nameSpace: `${limit.prefix}:rate:`,
    ...(limit.redis ? { redis: limit.redis } : {}),
    skipOnError: true,
    allowList: (request) => UNLIMITED.has(request.routeOptions.url),
    keyGenerator: ({ actor, ip }) => actor?.keyId ?? `address ${ip}`,
    errorResponseBuilder: (_request, { max, ttl }) => {
      const retryAfterSeconds = Math.max(1, Math.ceil(ttl / 1000));
      return new AppError(
        "rate-limited",
        `At most ${max} requests a minute; go on in ${retryAfterSeconds} s.`,
        { retryAfterSeconds },
      );
    },
  });
}
