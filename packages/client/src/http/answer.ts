import { Problem, type Route } from "@winnow/contracts";
import { z } from "zod";
import { ApiError, UnexpectedAnswerError, UnreachableError, unreachable } from "./errors.js";

/** A newer service may know more codes. */
const AnyProblem = Problem.extend({ code: z.string() });

/** Whether the answer is one that the route names for a success; 304 where the request asked for it. */
export function isSuccess(route: Route, response: Response, headers: Record<string, string>) {
  const { status } = response;
  if (status === 304) return "if-none-match" in headers;
  return status in route.responses || status in (route.alsoAnswers ?? {});
}

/** A success's body, checked against `schema`. Throws as `exchange` does. */
export async function parseAnswer<T>(
  base: string,
  route: Route,
  response: Response,
  schema: z.ZodType<T> | undefined,
  signal: AbortSignal | undefined,
): Promise<T> {
  const body = response.status === 204 ? null : await readJson(base, response, signal);
  const parsed = schema?.safeParse(body);
  if (parsed?.success) return parsed.data;
  const [issue] = parsed?.error.issues ?? [];
  const why = issue ? `${issue.path.join(".") || "body"}: ${issue.message}` : response.status;
  throw new UnexpectedAnswerError(
    `${base} answered ${route.method} ${route.path} with an unexpected response (${why}). Client and service versions may differ.`,
  );
}

/** What a refusal says: the service's problem, or that it is none of the service's. */
export async function errorOf(base: string, route: Route, response: Response): Promise<Error> {
  const { status } = response;
  const problem = AnyProblem.safeParse(await readJson(base, response));
  if (problem.success) return new ApiError(problem.data, retryAfterOf(response));
  if (status === 502 || status === 503 || status === 504) {
    return new UnreachableError(`The proxy at ${base} does not reach the service (${status}).`);
  }
  return new UnexpectedAnswerError(
    `${base} answered ${route.method} ${route.path} with status ${status}. Is it a Winnow service?`,
  );
}

/** The body as JSON; null where it is none. */
async function readJson(base: string, response: Response, signal?: AbortSignal): Promise<unknown> {
  const text = await response.text().catch((error: unknown) => {
    signal?.throwIfAborted();
    throw unreachable(base, error);
  });
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The seconds of a Retry-After header; dates, which this service never sends, count as none. */
function retryAfterOf(response: Response): number | undefined {
  const header = response.headers.get("retry-after");
  return header !== null && /^\d+$/.test(header) ? Number(header) : undefined;
}
