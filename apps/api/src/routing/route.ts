import { STATUS_CODES } from "node:http";
import { AppError, Problem, ROUTES, type Route, type RouteName } from "@winnow/contracts";
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  RouteHandlerMethod,
} from "fastify";
import { z } from "zod";
import { EXPORT_CONTENT_TYPES } from "../downloads/export-formats.js";
import { IdempotencyHeaders } from "./idempotency.js";

type Part<N extends RouteName, P extends "params" | "query" | "body"> =
  (typeof ROUTES)[N] extends Record<P, infer S extends z.ZodType> ? z.output<S> : undefined;

type Bodies<R> = R extends Record<number, infer S extends z.ZodType> ? z.output<S> : never;

type Answer<N extends RouteName> =
  | Bodies<(typeof ROUTES)[N]["responses"]>
  | ((typeof ROUTES)[N] extends { alsoAnswers: infer R } ? Bodies<R> : never);

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

/** POSTs of which two are one too many, and which so honour an Idempotency-Key. */
export const MAKING_ROUTES: ReadonlySet<RouteName> = new Set<RouteName>([
  "createUpload",
  "createDatasetIngest",
  "createFoldTraining",
  "createProbabilityImport",
  "createPruning",
  "retryJob",
  "createWebhook",
  "rotateWebhookSecret",
  "pingWebhook",
  "redeliverWebhook",
]);

/** Content types of the routes whose body is no JSON. */
const DOWNLOADS = new Map<RouteName, readonly string[]>([
  ["getProbabilities", ["application/octet-stream"]],
  ["getModelFile", ["application/octet-stream"]],
  ["exportPruning", EXPORT_CONTENT_TYPES],
  ["metrics", ["text/plain"]],
]);

/** Of the routes whose body the contract leaves open: bytes. */
const BYTES_BODIES: Partial<Record<RouteName, { body: z.ZodType; consumes: string[] }>> = {
  createUpload: {
    body: z.any().meta({ description: "The file's bytes, or a form with one file part" }),
    consumes: ["application/octet-stream", "text/plain", "multipart/form-data"],
  },
  appendUpload: {
    body: z.any().meta({ description: "The bytes of the range" }),
    consumes: ["application/octet-stream"],
  },
};

/** Headers that mean something to one route alone. */
const HEADERS: Partial<Record<RouteName, z.ZodObject>> = {
  createUpload: z.looseObject({
    "upload-length": z.string().optional().meta({
      description: "Without a body: the size of a file whose bytes come in PATCH requests",
    }),
  }),
  appendUpload: z.looseObject({
    "content-range": z.string().meta({ description: "bytes FIRST-LAST/TOTAL" }),
  }),
  listJobEvents: z.looseObject({
    "last-event-id": z
      .string()
      .regex(/^\d{1,18}$/)
      .optional()
      .meta({ description: "Of an event stream: go on after this event" }),
  }),
};

/** What a route answers besides JSON, by status. */
const OTHER_CONTENT: Partial<Record<RouteName, Record<string, object>>> = {
  listJobEvents: { 200: { "text/event-stream": { schema: z.string() } } },
};

/** Registers a route of the contract: its schemas validate, serialize and document it. */
export function registerRoute<N extends RouteName>(
  app: FastifyInstance,
  name: N,
  handler: Handler<N>,
): void {
  const { method, path, scope } = ROUTES[name];
  app.route({
    method,
    url: path,
    // A HEAD of a download would read all of it and send nothing.
    exposeHeadRoute: method === "GET" && !DOWNLOADS.has(name),
    schema: schemaOf(name),
    config: { scope },
    ...(takesNoBody(name) ? { preValidation: refuseBody } : {}),
    // The types of the schemas are those of the handler, which Fastify cannot see.
    handler: handler as unknown as RouteHandlerMethod,
  });
}

const takesNoBody = (name: RouteName): boolean =>
  ROUTES[name].method !== "GET" && !("body" in ROUTES[name]) && !(name in BYTES_BODIES);

/** What is sent to a route that reads no body would be passed over in silence; `{}` says nothing. */
async function refuseBody({ body }: FastifyRequest): Promise<void> {
  if (body === undefined || body === null) return;
  if (typeof body === "object" && !Array.isArray(body) && Object.keys(body).length === 0) return;
  throw new AppError("validation-failed", "This request takes no body; leave it out.", {
    errors: [{ pointer: "", detail: "is read by nobody here" }],
  });
}

function schemaOf(name: RouteName): FastifySchema {
  const route: Route = ROUTES[name];
  const downloads = DOWNLOADS.get(name);
  const headers = headersOf(name);
  return {
    operationId: name,
    summary: route.summary,
    tags: [tagOf(route.path)],
    security: route.scope === "public" ? [] : [{ apiKey: [route.scope] }],
    ...(route.params ? { params: route.params } : {}),
    // Closed everywhere: an option that is not there must not be passed over in silence.
    querystring: route.query ?? z.strictObject({}),
    ...(route.body ? { body: route.body } : BYTES_BODIES[name]),
    ...(headers ? { headers } : {}),
    response: {
      ...(downloads ? downloadResponse(downloads) : responsesOf(name)),
      default: problemResponse,
    },
  };
}

const problemResponse = {
  description: "A problem, RFC 9457",
  content: { "application/problem+json": { schema: Problem } },
};

function headersOf(name: RouteName): z.ZodObject | undefined {
  if (!MAKING_ROUTES.has(name)) return HEADERS[name];
  return IdempotencyHeaders.extend(HEADERS[name]?.shape ?? {});
}

function downloadResponse(types: readonly string[]) {
  const content = Object.fromEntries(types.map((type) => [type, { schema: z.unknown() }]));
  return { 200: { description: "A streamed file", content } };
}

function responsesOf(name: RouteName) {
  const route: Route = ROUTES[name];
  const described = Object.entries({ ...route.responses, ...route.alsoAnswers }).map(
    ([status, schema]) => {
      if (status === "204") return [status, schema.describe("There is no body")];
      const description = STATUS_CODES[status] ?? status;
      const content = { "application/json": { schema }, ...OTHER_CONTENT[name]?.[status] };
      return [status, { description, content }];
    },
  );
  return Object.fromEntries(described);
}

/** `/v1/jobs/:id` -> `jobs`; what stands outside /v1 is about the service. */
const tagOf = (path: string): string => /^\/v1\/([^/]+)/.exec(path)?.[1] ?? "service";
