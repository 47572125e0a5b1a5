import { type ReadinessCheck, runReadinessChecks } from "@winnow/contracts";
import { checkSchema, checkStorageFolder, ping } from "@winnow/store";
import { VERSION } from "../plugins/version.js";
import type { Deps } from "../routing/deps.js";
import type { Handlers } from "../routing/route.js";

/** Whether the process is alive, and whether it can serve requests. */
export function serviceHandlers({ store, config, redis, closing, metrics }: Deps) {
  const checks: ReadinessCheck[] = [
    { name: "postgres", run: () => ping(store) },
    { name: "migrations", run: () => checkSchema(store) },
    { name: "storage", run: () => checkStorageFolder(store, config.storageDir, "api") },
  ];
  // While Redis is down the outbox keeps the jobs, so requests are still served.
  if (redis) checks.push({ name: "redis", run: () => redis.check(), canWait: true });
  return {
    health: async () => ({ status: "ok", version: VERSION }),

    async readiness({ log }, reply) {
      const report = await runReadinessChecks(checks, (err, name) =>
        log.warn({ err }, `the readiness check of ${name} failed`),
      );
      const ready = report.ready && !closing.aborted;
      if (!ready) reply.code(503).header("retry-after", "5");
      return { status: ready ? "ready" : "not-ready", checks: report.checks };
    },

    async metrics(request, reply) {
      const { contentType, text } = await metrics(request.headers.accept);
      return reply.type(contentType).send(text);
    },
  } satisfies Partial<Handlers>;
}
