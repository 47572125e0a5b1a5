import { AppError, type ErrorCode, problemOf } from "@winnow/contracts";
import { fullStorage } from "@winnow/storage";
import { isConnectionLost, isReadOnly, isTableMissing, tlsFaultOf } from "@winnow/store";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isUnstorableValue } from "../problems/store-errors.js";
import { isValidationError, validationProblem } from "../problems/validation-problem.js";

/** Answers errors and unknown routes with problem+json. */
export function registerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  // Never called: registerMethods answers before. Without one Fastify registers its own.
  app.setNotFoundHandler(() => {
    throw new AppError(
      "route-not-found",
      "There is no such route; /openapi.json lists all routes.",
    );
  });
}

/** Sends any thrown value as a problem. Our own faults are logged and reveal nothing. */
export function sendProblem(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const error = asAppError(thrown, request);
  const problem = problemOf(error, request.id);
  request.problemCode = problem.code;
  if (problem.status >= 500) request.log.error({ err: thrown }, "request failed");
  else request.log.debug({ code: problem.code }, "request refused");
  const fallback = problem.status === 429 || problem.status === 503 ? 5 : undefined;
  const seconds = (error instanceof AppError ? error.retryAfterSeconds : undefined) ?? fallback;
  if (seconds !== undefined) reply.header("retry-after", String(seconds));
  return reply
    .code(problem.status)
    .header("x-request-id", request.id)
    .removeHeader("content-disposition")
    .removeHeader("content-length")
    .type("application/problem+json")
    .send(JSON.stringify(problem));
}

/** The code of the problem that a thrown value becomes. */
export const problemCodeOf = (thrown: unknown, request: FastifyRequest): ErrorCode =>
  problemOf(asAppError(thrown, request), request.id).code;

/** Errors of Fastify itself, by code. */
const FASTIFY_CODES = new Map<string, ErrorCode>([
  ["FST_ERR_CTP_INVALID_MEDIA_TYPE", "unsupported-media-type"],
  ["FST_ERR_CTP_EMPTY_TYPE", "unsupported-media-type"],
  ["FST_ERR_MAX_PARAM_LENGTH", "route-not-found"],
]);

function asAppError(thrown: unknown, request: FastifyRequest): unknown {
  if (thrown instanceof AppError) return thrown;
  if (isValidationError(thrown)) return validationProblem(thrown, request);
  if (isConnectionLost(thrown)) {
    return new AppError("not-ready", "The database does not answer; try again in a moment.", {
      cause: thrown,
    });
  }
  const insecure = tlsFaultOf(thrown);
  if (insecure !== null) return new AppError("not-ready", `${insecure}.`, { cause: thrown });
  if (isTableMissing(thrown)) {
    const detail = "The database lacks a table: run winnow migrate.";
    return new AppError("not-ready", detail, { cause: thrown });
  }
  if (isReadOnly(thrown)) {
    const detail = "The database only reads at present; nothing was changed.";
    return new AppError("database-read-only", detail, { cause: thrown });
  }
  if (isUnstorableValue(thrown)) {
    const detail = "A value in the request is outside the range of its field.";
    return new AppError("validation-failed", detail, { cause: thrown });
  }
  const full = fullStorage(thrown);
  if (full) {
    const where = full.place === "postgres" ? "on the disk of Postgres" : "in STORAGE_DIR";
    const detail = `No space is left ${where} (${full.code}).`;
    return new AppError("storage-full", detail, { cause: thrown });
  }
  const { code, statusCode, message } = thrown as Partial<FastifyError>;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    const detail = `The body of this request can have at most ${request.routeOptions.bodyLimit} bytes.`;
    return new AppError("payload-too-large", detail, { cause: thrown });
  }
  const known = FASTIFY_CODES.get(code ?? "");
  if (known) return new AppError(known, message ?? known, { cause: thrown });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AppError("validation-failed", message ?? "The request is malformed.", {
      cause: thrown,
    });
  }
  return thrown;
}
