import { escapeControls } from "@winnow/contracts";
import { type FastifyReply, type FastifyRequest, LogController } from "fastify";
import { type LevelWithSilent, type Logger, pino } from "pino";

/** JSON lines on stdout. Errors are logged without the fields that can contain a sample's text. */
export function createLogger(level: LevelWithSilent): Logger {
  return pino({
    name: "winnow-api",
    level,
    serializers: { err: describeError },
    // JSON writes out the controls of ASCII only, and logs are read on terminals.
    hooks: { streamWrite: escapeControls },
  });
}

/** One line a request, with the pattern of the route instead of the URL: queries contain labels. */
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
    const isDisconnect = "code" in error && error.code === "ERR_STREAM_PREMATURE_CLOSE";
    if (isDisconnect) reply?.log.info("the client disconnected during the download");
    else reply?.log.error({ err: error }, "the download failed");
  }
}

/** Errors of Postgres have rows in `detail`, `where` and `parameters`, so these are left out. */
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
