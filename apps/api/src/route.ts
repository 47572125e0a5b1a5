import { STATUS_CODES } from "node:http";
import { Problem, ROUTES, type Route, type RouteName } from "@winnow/contracts";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import { z } from "zod";
import { IdempotencyHeaders } from "./idempotency.js";

type Part<N extends RouteName, P extends "params" | "query" | "body"> =
  (typeof ROUTES)[N] extends Record<P, infer S extends z.ZodType> ? z.output<S> : undefined;

type Answer<N extends RouteName> =
  (typeof ROUTES)[N]["responses"] extends Record<number, infer S extends z.ZodType>
    ? z.output<S>
    : never;

/** A request whose parts have passed the route's schemas. */
export type RouteRequest<N extends RouteName> = FastifyRequest<{
  Params: Part<N, "params">;
  Querystring: Part<N, "query">;
  Body: Part<N, "body">;
}>;

/** Answers with the body (200 unless `reply.code` says otherwise) or with the reply it has sent. */
export type Handler<N extends RouteName> = (
  request: RouteRequest<N>,
  reply: FastifyReply,
) => Promise<Answer<N> | FastifyReply>;

/** A handler for every route of the contract: a missing one does not compile. */
export type Handlers = { readonly [N in RouteName]: Handler<N> };

/** POSTs that make something, and so honour an Idempotency-Key. */
export const MAKING_ROUTES: ReadonlySet<RouteName> = new Set<RouteName>([
  "createUpload",
  "createDatasetIngest",
  "createFoldTraining",
  "createPruning",
]);

/** Content types of the routes whose body is no JSON. */
const DOWNLOADS = new Map<RouteName, readonly string[]>([
  ["getProbabilities", ["application/octet-stream"]],
  ["exportPruning", ["application/x-ndjson", "text/csv"]],
]);

/** What a route takes as its body where the contract leaves it open: bytes. */
const UPLOAD_BODY = z.any().meta({ description: "The file's bytes, or a form with one file part" });
const UPLOAD_TYPES = ["application/octet-stream", "text/plain", "multipart/form-data"];

/** Registers a route of the contract: its schemas validate, serialize and document it. */
export function registerRoute<N extends RouteName>(
  app: FastifyInstance,
  name: N,
  handler: Handler<N>,
): void {
  const route: Route = ROUTES[name];
  const downloads = DOWNLOADS.get(name);
  app.route({
    method: route.method,
    url: route.path,
    // A HEAD of a download would read all of it and send nothing.
    exposeHeadRoute: route.method === "GET" && downloads === undefined,
    schema: {
      operationId: name,
      summary: route.summary,
      tags: [tagOf(route.path)],
      ...(route.params ? { params: route.params } : {}),
      // Closed everywhere: an option that is not there must not be passed over in silence.
      querystring: route.query ?? z.strictObject({}),
      ...(route.body ? { body: route.body } : {}),
      ...(name === "createUpload" ? { body: UPLOAD_BODY, consumes: UPLOAD_TYPES } : {}),
      ...(MAKING_ROUTES.has(name) ? { headers: IdempotencyHeaders } : {}),
      response: { ...responsesOf(route, downloads), default: problemResponse },
    },
    // The types of the schemas above are those of the handler, which Fastify cannot see.
    handler: handler as unknown as RouteHandlerMethod,
  });
}

const problemResponse = {
  description: "A problem, RFC 9457",
  content: { "application/problem+json": { schema: Problem } },
};

function responsesOf(route: Route, downloads: readonly string[] | undefined) {
  if (downloads) {
    const content = Object.fromEntries(downloads.map((type) => [type, { schema: z.unknown() }]));
    return { 200: { description: "A streamed file", content } };
  }
  const described = Object.entries(route.responses).map(([status, schema]) => {
    if (status === "204") return [status, schema.describe("Done; there is no body")];
    const description = STATUS_CODES[status] ?? status;
    return [status, { description, content: { "application/json": { schema } } }];
  });
  return Object.fromEntries(described);
}

/** `/v1/jobs/:id` -> `jobs`; what stands outside /v1 is about the service. */
const tagOf = (path: string): string => /^\/v1\/([^/]+)/.exec(path)?.[1] ?? "service";
