import { type FastifyReply, type FastifyRequest, LogController } from "fastify";
import { type LevelWithSilent, type Logger, pino } from "pino";

/** JSON lines on stdout. Of an error only what cannot hold a sample's text is written. */
export function createLogger(level: LevelWithSilent): Logger {
  return pino({ name: "winnow-api", level, serializers: { err: describeError } });
}

/** One line a request, with the route's pattern in place of the URL: query strings hold labels. */
export class RequestLog extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const line = {
      method: request.method,
      route: request.routeOptions?.url ?? null,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
    };
    if (error) reply.log.warn({ ...line, err: error }, "request broke off");
    else reply.log.info(line, "request");
  }

  override streamError(error: Error): void;
  override streamError(error: Error, request: FastifyRequest, reply: FastifyReply): void;
  override streamError(error: Error, _request?: FastifyRequest, reply?: FastifyReply): void {
    const left = "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";
    if (left) reply?.log.info("the client left before the end of the download");
    else reply?.log.error({ err: error }, "the download broke off");
  }
}

/** Postgres' errors carry rows in `detail`, `where` and `parameters`: those stay out. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  return {
    type: error.name,
    code: "code" in error ? error.code : undefined,
    message: error.message,
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
