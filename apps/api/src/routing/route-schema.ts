import { STATUS_CODES } from "node:http";
import {
  bodyBytesOf,
  ERRORS,
  type ErrorCode,
  Problem,
  ROUTES,
  type Route,
  type RouteName,
  refusalsOf,
  Stream,
} from "@winnow/contracts";
import type { FastifySchema } from "fastify";
import { z } from "zod";
import { IdempotencyHeaders } from "./idempotency.js";

/** What validates a route's requests, serializes its answers and describes it in OpenAPI. */
export function schemaOf(name: RouteName): FastifySchema {
  const route: Route = ROUTES[name];
  const headers = headersOf(route);
  return {
    operationId: name,
    summary: route.summary,
    tags: [tagOf(route.path)],
    security: route.scope === "public" ? [] : [{ apiKey: [route.scope] }],
    ...(route.params ? { params: route.params } : {}),
    // Strict everywhere: an option that does not exist must not be ignored silently.
    querystring: route.query ?? z.strictObject({}),
    ...bodyOf(route),
    ...(headers ? { headers } : {}),
    response: responsesWith(responsesOf(route), refusalsOf(route), {
      "payload-too-large": bodyLimitOf(route),
    }),
  };
}

/** Whether a success is a stream and nothing else. */
export const isDownload = ({ responses }: Route): boolean => responses[200] === Stream;

const PROBLEM = { "application/problem+json": { schema: Problem } };

interface Responses {
  readonly [status: string]: { readonly description: string; readonly content?: object };
}

/**
 * A response for each status of the problems, with their codes and what is to be said of some, and
 * one for any other.
 */
function responsesWith(
  successes: Responses,
  codes: readonly ErrorCode[],
  notes: { readonly [C in ErrorCode]?: string },
): Responses {
  const refusals = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    refusals.set(status, [...(refusals.get(status) ?? []), code]);
  }
  const problems = [...refusals].map(([status, some]) => {
    const { content } = successes[status] ?? {};
    const description = `${STATUS_CODES[status]}: ${some.map((code) => `\`${code}\`${notes[code] ?? ""}`).join(", ")}`;
    return [status, { description, content: { ...content, ...PROBLEM } }] as const;
  });
  return {
    ...successes,
    ...Object.fromEntries(problems),
    default: { description: "A problem, RFC 9457", content: PROBLEM },
  };
}

function bodyLimitOf(route: Route): string {
  const bytes = bodyBytesOf(route);
  return bytes === null ? " above MAX_UPLOAD_BYTES" : ` above ${bytes / 2 ** 10} KiB`;
}

function bodyOf({ body, bytes }: Route) {
  if (body) return { body };
  if (!bytes) return {};
  const { contentTypes, description } = bytes;
  return { body: z.any().meta({ description }), consumes: [...contentTypes] };
}

function headersOf({ headers, idempotencyKey }: Route): z.ZodObject | undefined {
  return idempotencyKey ? IdempotencyHeaders.extend(headers?.shape ?? {}) : headers;
}

function responsesOf(route: Route): Responses {
  if (isDownload(route)) {
    const content = contentOf(route.produces ?? [], z.unknown());
    return { 200: { description: "A streamed file", content } };
  }
  const described = Object.entries({ ...route.responses, ...route.alsoAnswers }).map(
    ([status, schema]) => {
      if (status === "204") return [status, schema.describe("There is no body")];
      const others = status === "200" ? contentOf(route.produces ?? [], z.string()) : {};
      const content = { "application/json": { schema }, ...others };
      return [status, { description: STATUS_CODES[status] ?? status, content }];
    },
  );
  return Object.fromEntries(described);
}

const contentOf = (types: readonly string[], schema: z.ZodType) =>
  Object.fromEntries(types.map((type) => [type, { schema }]));

/** `/v1/jobs/:id` -> `jobs`; a path outside /v1 belongs to the service itself. */
const tagOf = (path: string): string => /^\/v1\/([^/]+)/.exec(path)?.[1] ?? "service";
