import { AppError, holdsScope, type RouteScope, type Scope } from "@winnow/contracts";
import { type KeyRefusal, type Store, tokenChecker } from "@winnow/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AccessMode } from "../access/access-mode.js";
import { refuseForeignPage } from "./foreign-pages.js";

/** Who sends a request: a key, or anybody while there are no keys. */
export interface Actor {
  readonly keyId: string | null;
  readonly scope: Scope;
}

declare module "fastify" {
  interface FastifyRequest {
    /** null on public routes, and until `authorize` has refused a request without a good key. */
    actor: Actor | null;
    keyRefused: KeyRefusal | "missing" | null;
  }
  interface FastifyContextConfig {
    /** What a key must hold. A route that says nothing is for admins alone. */
    scope?: RouteScope;
    /** Pages that browsers open: the key may come as the password of HTTP Basic. */
    basic?: true;
  }
}

/**
 * Looks at the key of every request before anything else of it is read, and turns away whoever lacks
 * the route's scope. In between stands the rate limit, which needs the first and covers the second.
 */
export function registerAccess(
  app: FastifyInstance,
  store: Store,
  trustedNetwork: boolean,
): AccessMode {
  const mode = new AccessMode(store);
  const checkToken = tokenChecker(store);
  app.decorateRequest("actor", null);
  app.decorateRequest("keyRefused", null);
  app.addHook("onRequest", async (request) => {
    const isPublic = neededScope(request) === "public";
    if (isPublic || !(await mode.asksForKeys())) {
      if (!isPublic) refuseForeignPage(request, trustedNetwork);
      request.actor = { keyId: null, scope: "admin" };
      return;
    }
    const token = tokenOf(request);
    const checked = token === null ? null : await checkToken(token);
    if (checked && "key" in checked) {
      request.actor = { keyId: checked.key.id, scope: checked.key.scope };
    } else request.keyRefused = checked?.refused ?? "missing";
  });
  app.addHook("preParsing", async (request, reply) => authorize(request, reply));
  return mode;
}

/** Gives every route of the instance that names no scope this one: of plugins that bring routes. */
export function scopeRoutes(
  app: FastifyInstance,
  scope: RouteScope,
  more: { readonly basic?: true } = {},
): void {
  app.addHook("onRoute", (route) => {
    route.config = { scope, ...more, ...route.config };
  });
}

const neededScope = (request: FastifyRequest): RouteScope =>
  request.is404 ? "public" : (request.routeOptions.config.scope ?? "admin");

function authorize(request: FastifyRequest, reply: FastifyReply): void {
  const needed = neededScope(request);
  if (needed === "public") return;
  const { actor } = request;
  if (actor === null) {
    const refused = request.keyRefused ?? "missing";
    reply.header("www-authenticate", challengeOf(request, refused));
    throw new AppError("unauthenticated", REFUSALS[refused]);
  }
  if (holdsScope(actor.scope, needed)) return;
  reply.header("www-authenticate", `Bearer error="insufficient_scope", scope="${needed}"`);
  throw new AppError(
    "forbidden",
    `The API key ${actor.keyId} has the scope ${actor.scope}; this needs ${needed}. ` +
      `\`winnow keys create --scope ${needed}\` makes one that has it.`,
  );
}

const REFUSALS: Record<KeyRefusal | "missing", string> = {
  missing:
    "Send an API key as `Authorization: Bearer wn_...`; whoever runs the service makes one with " +
    "`winnow keys create`.",
  unknown: "No such API key was made here; look whether it was copied whole.",
  expired: "The API key has expired; ask whoever runs the service for a new one.",
  revoked: "The API key was revoked; ask whoever runs the service for a new one.",
};

function challengeOf(request: FastifyRequest, refused: KeyRefusal | "missing"): string {
  if (request.routeOptions.config.basic) {
    return 'Basic realm="Winnow: any name, an API key as the password", charset="UTF-8"';
  }
  return refused === "missing" ? 'Bearer realm="winnow"' : 'Bearer error="invalid_token"';
}

function tokenOf(request: FastifyRequest): string | null {
  const [, kind = "", value = ""] =
    /^(\w+) +(\S+) *$/.exec(request.headers.authorization ?? "") ?? [];
  if (kind.toLowerCase() === "bearer") return value;
  if (kind.toLowerCase() !== "basic" || !request.routeOptions.config.basic) return null;
  const text = Buffer.from(value, "base64").toString("utf8");
  return text.slice(text.indexOf(":") + 1);
}
