import underPressure from "@fastify/under-pressure";
import { AppError, ROUTES } from "@winnow/contracts";
import type { FastifyInstance } from "fastify";

/**
 * Answers 503 `overloaded` with Retry-After while the mean delay of the event loop over the last second
 * is above the limit. `/healthz` still answers, because a restart would not help.
 */
export async function registerPressure(
  app: FastifyInstance,
  maxEventLoopDelayMs: number,
): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: maxEventLoopDelayMs,
    pressureHandler: (request, _reply, _type, value) => {
      if (request.routeOptions.url === ROUTES.health.path) return;
      // The process got no turn in which to measure: that says nothing of its loop.
      if (value === Number.POSITIVE_INFINITY) return;
      throw new AppError("overloaded", "The service cannot keep up; try again in a few seconds.", {
        retryAfterSeconds: 5,
      });
    },
  });
}
