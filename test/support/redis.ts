import { randomBytes } from "node:crypto";
import { ask } from "./ask.js";

/** The run's own Redis, and a key prefix that no other test has (hash-tagged, as the queues' is). */
export async function createTestRedis(): Promise<{ url: string; prefix: string }> {
  const { url } = await ask<{ url: string }>("POST", "redis");
  return { url, prefix: `{test-${randomBytes(6).toString("hex")}}` };
}
