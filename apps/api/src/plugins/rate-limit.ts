import rateLimit from "@fastify/rate-limit";
import { AppError, ROUTES } from "@winnow/contracts";
import type { FastifyInstance } from "fastify";
import type { Redis, RedisOptions } from "ioredis";

export interface RateLimit {
  /** Requests a minute of one API key. */
  readonly perMinute: number;
  /** Where all processes of the API count together; null: each process counts alone. */
  readonly redis: Redis | null;
  /** The prefix of the counters' keys in Redis. */
  readonly prefix: string;
  /** Keeps the counts of addresses apart from those of other databases, once it is known. */
  readonly namespace?: () => string | undefined;
}

/** A slower Redis counts as down, and requests pass without a limit. */
const REDIS_TIMEOUT_MS = 250;

/** The connection for the counters. While it is down, every command fails at once. */
export function openRateLimitRedis(connect: (options: RedisOptions) => Redis): Redis {
  const redis = connect({
    connectionName: "winnow-rate-limit",
    connectTimeout: 1_000,
    commandTimeout: REDIS_TIMEOUT_MS,
    enableOfflineQueue: false,
    // Counts of simultaneous requests are sent in one write.
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 200, 5_000),
  });
  // Readiness reports it.
  redis.on("error", () => {});
  return redis;
}

/** Routes of probes: with a limit a busy process would be restarted. */
const UNLIMITED: ReadonlySet<string | undefined> = new Set([
  ROUTES.health.path,
  ROUTES.readiness.path,
]);

/**
 * Counts requests by key, or by address without a valid key, and answers 429 with Retry-After above
 * the limit. If Redis does not answer, the request is served.
 */
export async function registerRateLimit(app: FastifyInstance, limit: RateLimit): Promise<void> {
  await app.register(rateLimit, {
    max: limit.perMinute,
    timeWindow: 60_000,
    nameSpace: `${limit.prefix}:rate:`,
    ...(limit.redis ? { redis: limit.redis } : {}),
    skipOnError: true,
    allowList: (request) => UNLIMITED.has(request.routeOptions.url),
    keyGenerator: ({ actor, ip }) =>
      actor?.keyId ?? ["address", limit.namespace?.(), ip].filter(Boolean).join(" "),
    errorResponseBuilder: (_request, { max, ttl }) => {
      const retryAfterSeconds = Math.max(1, Math.ceil(ttl / 1000));
      return new AppError(
        "rate-limited",
        `At most ${max} requests a minute are allowed; try again in ${retryAfterSeconds} s.`,
        { retryAfterSeconds },
      );
    },
  });
}
