import { randomBytes } from "node:crypto";
import { openRedisAddress, type RedisAddress } from "@winnow/redis";
import { Redis, type RedisOptions } from "ioredis";
import { ask } from "./ask.js";

/** The run's own Redis, and a key prefix that no other test has (hash-tagged, as the queues' is). */
export async function createTestRedis(): Promise<{ url: string; prefix: string }> {
  const { url } = await ask<{ url: string }>("POST", "redis");
  return { url, prefix: `{test-${randomBytes(6).toString("hex")}}` };
}

/** A connection to a Redis, as the programs open theirs. */
export const connectTo =
  (url: string) =>
  (options: RedisOptions): Redis =>
    new Redis(url, options);

/** The address of a Redis; it is looked at until it is closed. */
export const addressOf = (url: string): RedisAddress =>
  openRedisAddress(url, { probeKey: "{test}:probe" });
