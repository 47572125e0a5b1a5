import { Redis } from "ioredis";

/**
 * Waits for Redis to answer, for at most `waitMs`. Throws too if Redis may evict keys: entries would
 * vanish under memory pressure, and BullMQ only warns.
 */
export async function checkRedis(redisUrl: string, waitMs: number): Promise<void> {
  const redis = new Redis(redisUrl, {
    connectionName: "winnow-check",
    maxRetriesPerRequest: null,
    retryStrategy: () => 500,
  });
  let lastError: Error | undefined;
  redis.on("error", (error: Error) => {
    lastError = error;
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Redis does not answer: ${lastError?.message ?? "no reply"}`));
    }, waitMs);
  });
  try {
    // CONFIG GET would be refused by managed services.
    const info = await Promise.race([redis.info("memory"), late]);
    const policy = /^maxmemory_policy:(.*)$/m.exec(info)?.[1]?.trim();
    if (policy !== undefined && policy !== "noeviction") {
      throw new Error(
        `Redis has maxmemory-policy ${policy} and may drop queue entries; set it to noeviction.`,
      );
    }
  } finally {
    clearTimeout(timer);
    redis.disconnect();
  }
}
