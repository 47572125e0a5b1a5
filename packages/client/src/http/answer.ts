import { type AnswerName, faultOf, type Route } from "../contract/route.js";
import {
  ApiError,
  type ServiceProblem,
  UnexpectedAnswerError,
  UnreachableError,
  unreachable,
} from "./errors.js";

/** Whether the answer is one that the route names for a success; 304 where the request asked for it. */
export function isSuccess(route: Route, response: Response, headers: Record<string, string>) {
  const { status } = response;
  if (status === 304) return "if-none-match" in headers;
  return status in route.answers || (route.alsoAnswers ?? []).includes(status);
}

/** A success's body, if it has the form of the answer `name`. Throws as `exchange` does. */
export async function parseAnswer(
  base: string,
  route: Route,
  response: Response,
  name: AnswerName | undefined,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const body = response.status === 204 ? null : await readJson(base, response, signal);
  const why = name === undefined ? `status ${response.status}` : faultOf(name, body);
  if (why === undefined) return body;
  throw new UnexpectedAnswerError(
    `${base} answered ${route.method} ${route.path} with an unexpected response (${why}). Client and service versions may differ.`,
  );
}

/** What a refusal says: the service's problem, or that it is none of the service's. */
export async function errorOf(base: string, route: Route, response: Response): Promise<Error> {
  const { status } = response;
  const body = await readJson(base, response);
  if (faultOf("Problem", body) === undefined) {
    return new ApiError(body as ServiceProblem, retryAfterOf(response));
  }
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
