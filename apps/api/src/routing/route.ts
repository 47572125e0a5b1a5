import { AppError, bodyBytesOf, ROUTES, type Route, type RouteName } from "@winnow/contracts";
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from "fastify";
import type { z } from "zod";
import { isDownload, schemaOf } from "./route-schema.js";

type Part<N extends RouteName, P extends "params" | "query" | "body"> =
  (typeof ROUTES)[N] extends Record<P, infer S extends z.ZodType> ? z.output<S> : undefined;

type Bodies<R> = R extends Record<number, infer S extends z.ZodType> ? z.output<S> : never;

type Answer<N extends RouteName> =
  | Bodies<(typeof ROUTES)[N]["responses"]>
  | ((typeof ROUTES)[N] extends { alsoAnswers: infer R } ? Bodies<R> : never);

/** A request that the route's schemas have validated. */
export type RouteRequest<N extends RouteName> = FastifyRequest<{
  Params: Part<N, "params">;
  Querystring: Part<N, "query">;
  Body: Part<N, "body">;
}>;

/** Returns the body of the answer (200 unless `reply.code` sets another status) or the sent reply. */
export type Handler<N extends RouteName> = (
  request: RouteRequest<N>,
  reply: FastifyReply,
) => Promise<Answer<N> | FastifyReply>;

/** A handler for every route of the contract; without one it does not compile. */
export type Handlers = { readonly [N in RouteName]: Handler<N> };

/** Registers a route of the contract with its schemas, its scope and its handler. */
export function registerRoute<N extends RouteName>(
  app: FastifyInstance,
  name: N,
  handler: Handler<N>,
): void {
  const route: Route = ROUTES[name];
  const { method, path, scope, ofOwner } = route;
  const bodyBytes = bodyBytesOf(route);
  app.route({
    method,
    url: path,
    ...(bodyBytes === null ? {} : { bodyLimit: bodyBytes }),
    // A HEAD of a download would read all of it only to send nothing.
    exposeHeadRoute: method === "GET" && !isDownload(route),
    schema: schemaOf(name),
    config: { scope, ...(ofOwner ? { ofOwner } : {}) },
    ...(takesNoBody(route) ? { preValidation: refuseBody } : {}),
    // Fastify cannot see that the schemas have the types of the handler.
    handler: handler as unknown as RouteHandlerMethod,
  });
}

const takesNoBody = ({ method, body, bytes }: Route): boolean =>
  method !== "GET" && !body && !bytes;

/** A body that the route does not read would be ignored silently; `{}` has nothing to ignore. */
async function refuseBody({ body }: FastifyRequest): Promise<void> {
  if (body === undefined || body === null) return;
  if (typeof body === "object" && !Array.isArray(body) && Object.keys(body).length === 0) return;
  throw new AppError("validation-failed", "This request takes no body; leave it out.", {
    errors: [{ pointer: "", detail: "This route does not read a body" }],
  });
}
