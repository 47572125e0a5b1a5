import { setTimeout as sleep } from "node:timers/promises";
import { ping } from "@winnow/store";
import type { FastifyBaseLogger } from "fastify";
import { VERSION } from "../plugins/version.js";
import type { Handlers } from "../routing/route.js";
import type { Deps } from "./deps.js";

const checkTimeoutMs = 2_000;

/** Whether the process lives, and whether it can serve. */
export function serviceHandlers({ store, redis, closing, metrics }: Deps) {
  return {
    health: async () => ({ status: "ok", version: VERSION }),

    async readiness({ log }, reply) {
      const postgres = await check("postgres", () => ping(store), log);
      // With Redis down the outbox holds the jobs: shown, but no reason to take no requests.
      const others = redis ? [await check("redis", () => redis.ping(), log)] : [];
      const ready = postgres.ok && !closing.aborted;
      if (!ready) reply.code(503).header("retry-after", "5");
      return { status: ready ? "ready" : "not-ready", checks: [postgres, ...others] };
    },

    async metrics(_request, reply) {
      return reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics());
    },
  } satisfies Partial<Handlers>;
}

/** Anybody may ask: what an error says of hosts and users is for the log. */
async function check(name: string, probe: () => Promise<unknown>, log: FastifyBaseLogger) {
  const timer = new AbortController();
  const tooLong = sleep(checkTimeoutMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${checkTimeoutMs} ms`);
  });
  try {
    await Promise.race([probe(), tooLong]);
    return { name, ok: true, detail: null };
  } catch (error) {
    log.warn({ err: error }, `${name} does not answer the readiness probe`);
    return { name, ok: false, detail: (error as { code?: string }).code ?? "does not answer" };
  } finally {
    timer.abort();
    tooLong.catch(() => {});
  }
}
