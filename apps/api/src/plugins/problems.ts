import { AppError, type ErrorCode, problemOf, ROUTES } from "@winnow/contracts";
import { fullStorage } from "@winnow/storage";
import { isConnectionLost } from "@winnow/store";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isUnstorableValue } from "./store-errors.js";
import { isValidationError, validationProblem } from "./validation-problem.js";

/** Answers every error, and what no route answers, with problem+json. */
export function registerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "";
    const allowed = methodsOf(path);
    if (allowed.length > 0) {
      reply.header("allow", allowed.join(", "));
      const detail = `${path} answers ${allowed.join(", ")}, not ${request.method}.`;
      return sendProblem(new AppError("method-not-allowed", detail), request, reply);
    }
    const detail = `Nothing answers ${request.method} ${path}; /openapi.json lists all routes.`;
    return sendProblem(new AppError("route-not-found", detail), request, reply);
  });
}

/** Sends any thrown value as a problem; our own faults are logged and show nothing of themselves. */
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
  const waits = problem.status === 429 || problem.status === 503;
  const wait =
    (error instanceof AppError ? error.retryAfterSeconds : undefined) ?? (waits ? 5 : undefined);
  if (wait !== undefined) reply.header("retry-after", String(wait));
  return reply
    .code(problem.status)
    .header("x-request-id", request.id)
    .removeHeader("content-disposition")
    .removeHeader("content-length")
    .type("application/problem+json")
    .send(JSON.stringify(problem));
}

/** Fastify's own refusals, by their codes. */
const FASTIFY_CODES = new Map<string, ErrorCode>([
  ["FST_ERR_CTP_BODY_TOO_LARGE", "payload-too-large"],
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
  if (isUnstorableValue(thrown)) {
    const detail = "A value of the request lies outside what its field can ever hold.";
    return new AppError("validation-failed", detail, { cause: thrown });
  }
  const full = fullStorage(thrown);
  if (full) {
    const where = full.place === "postgres" ? "on the disk of Postgres" : "in STORAGE_DIR";
    const detail = `No space is left ${where} (${full.code}).`;
    return new AppError("storage-full", detail, { cause: thrown });
  }
  const { code, statusCode, message } = thrown as Partial<FastifyError>;
  const known = FASTIFY_CODES.get(code ?? "");
  if (known) return new AppError(known, message ?? known, { cause: thrown });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AppError("validation-failed", message ?? "The request is malformed.", {
      cause: thrown,
    });
  }
  return thrown;
}

/** The methods of the routes that a path fits: a 404 that should be a 405. */
function methodsOf(path: string): string[] {
  const fitting = PATTERNS.filter(({ pattern }) => pattern.test(path));
  return [...new Set(fitting.map(({ method }) => method))];
}

const PATTERNS = Object.values(ROUTES).map(({ method, path }) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll(/:[a-z]+/gi, "[^/]+")}$`),
}));
