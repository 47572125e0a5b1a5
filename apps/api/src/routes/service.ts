import { runReadinessChecks } from "@winnow/contracts";
import { ping } from "@winnow/store";
import { VERSION } from "../plugins/version.js";
import type { Deps } from "../routing/deps.js";
import type { Handlers } from "../routing/route.js";

/** Whether the process is alive, and whether it can serve requests. */
export function serviceHandlers({ store, redis, closing, metrics }: Deps) {
  const postgresCheck = { name: "postgres", run: () => ping(store) };
  const checks = redis
    ? [postgresCheck, { name: "redis", run: () => redis.ping() }]
    : [postgresCheck];
  return {
    health: async () => ({ status: "ok", version: VERSION }),

    async readiness({ log }, reply) {
      const results = await runReadinessChecks(checks, (err, name) =>
        log.warn({ err }, `${name} does not answer the readiness check`),
      );
      // While Redis is down the outbox keeps the jobs, so requests are still served.
      const hasPostgres = results.some(({ name, ok }) => name === "postgres" && ok);
      const ready = hasPostgres && !closing.aborted;
      if (!ready) reply.code(503).header("retry-after", "5");
      return { status: ready ? "ready" : "not-ready", checks: results };
    },

    async metrics(_request, reply) {
      return reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics());
    },
  } satisfies Partial<Handlers>;
}
