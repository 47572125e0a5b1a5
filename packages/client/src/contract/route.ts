import { ANSWERS, ROUTE_TABLE } from "../generated/route-table.js";
import type { JobState, RouteName } from "./types.js";

/** How a route is called, and how its successes look. */
export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: `/${string}`;
  /** A POST that must not run twice: it honours an Idempotency-Key. */
  readonly idempotencyKey?: true;
  /** The most rows that a page of this list may have, where the caller may say. */
  readonly largestPage?: number;
  /** Statuses of success, and the names of their answers. */
  readonly answers: Readonly<Record<number, AnswerName>>;
  /** Statuses of a request that asks for something else: an estimate, a stream of events. */
  readonly alsoAnswers?: readonly number[];
}

export type AnswerName = keyof typeof ANSWERS | "nothing" | "stream";

const ROUTES: Readonly<Record<string, Route>> = ROUTE_TABLE;

export function routeOf(name: RouteName): Route {
  // From JavaScript any text may come.
  if (!Object.hasOwn(ROUTES, name)) throw new TypeError(`The service has no route "${name}".`);
  return ROUTES[name]!;
}

/** The states that end a job. */
export const TERMINAL_STATES = ["succeeded", "failed", "cancelled"] as const satisfies JobState[];

export const isTerminal = (state: JobState): boolean =>
  (TERMINAL_STATES as readonly string[]).includes(state);

/**
 * What keeps a body from being the named answer: a field that is missing or of another type. Only the
 * outermost fields are looked at, which tells this service from others and from very different versions.
 */
export function faultOf(name: AnswerName, body: unknown): string | undefined {
  if (name === "stream") return undefined;
  if (name === "nothing") return body === null ? undefined : "body: expected none";
  if (typeOf(body) !== "object") return `body: expected an object, got ${typeOf(body)}`;
  for (const field of ANSWERS[name].split(" ")) {
    const [key = "", types = ""] = field.split(":");
    const got = typeOf((body as Record<string, unknown>)[key]);
    if (types !== "any" && !types.split("|").includes(got)) {
      return `${key}: expected ${types.replaceAll("|", " or ")}, got ${got}`;
    }
  }
  return undefined;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
