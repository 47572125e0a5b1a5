import underPressure from "@fastify/under-pressure";
import { AppError } from "@winnow/contracts";
import type { FastifyInstance } from "fastify";

/** The mean delay of the event loop, over a second, above which new requests are turned away. */
const maxEventLoopDelayMs = 2_000;

/** Answers 503 `overloaded` with Retry-After while the process cannot keep up. */
export async function registerPressure(app: FastifyInstance): Promise<void> {
  await app.register(underPressure, {
    maxEventLoopDelay: maxEventLoopDelayMs,
    retryAfter: 5,
    customError: Overloaded,
  });
}

class Overloaded extends AppError {
  constructor() {
    super("overloaded", "The service cannot keep up at the moment; try again in a few seconds.", {
      retryAfterSeconds: 5,
    });
  }
}
