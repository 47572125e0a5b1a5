import { AppError, holdsScope, type RouteScope, type Scope } from "@winnow/contracts";
import { assertOwned, type KeyRefusal, NOT_ITS_OWN, type Store, tokenChecker } from "@winnow/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AccessMode } from "../access/access-mode.js";
import { crossOriginProtection, type OwnSites } from "../access/cross-origin-protection.js";

/** Who sends a request: an API key, or anybody while there are no keys. */
export interface Actor {
  readonly keyId: string | null;
  readonly scope: Scope;
  /** It sees and changes only what it made itself. */
  readonly ownerOnly: boolean;
}

declare module "fastify" {
  interface FastifyRequest {
    /** null until `onRequest` has run, and for a request without a valid key. */
    actor: Actor | null;
    keyRefused: KeyRefusal | "missing" | null;
  }
  interface FastifyContextConfig {
    /** The scope that a key needs. A route that names none is for admins only. */
    scope?: RouteScope;
    /** Its handler leaves out what a key that sees only its own did not make. */
    ofOwner?: true;
    /** For pages that browsers open: the key can be the password of HTTP Basic. */
    basic?: true;
  }
}

/**
 * Checks the key of every request before its body is read, and refuses a key without the scope of the
 * route. The rate limit runs between the two: it needs the key, and it counts refused requests too.
 */
export function registerAccess(app: FastifyInstance, store: Store, sites: OwnSites): AccessMode {
  const mode = new AccessMode(store);
  const refuseCrossOrigin = crossOriginProtection(sites);
  const checkToken = tokenChecker(store);
  app.decorateRequest("actor", null);
  app.decorateRequest("keyRefused", null);
  app.addHook("onRequest", async (request) => {
    const isPublic = neededScope(request) === "public";
    const token = tokenOf(request);
    if (isPublic || !(await mode.requiresKeys())) {
      if (!isPublic) refuseCrossOrigin(request);
      // Whoever presents a key believes that it is needed: no key fits where there is none.
      if (!isPublic && token !== null) request.keyRefused = "unknown";
      else request.actor = { keyId: null, scope: "admin", ownerOnly: false };
      return;
    }
    const checked = token === null ? null : await checkToken(token);
    if (checked && "key" in checked) {
      const { id: keyId, scope, ownerOnly } = checked.key;
      request.actor = { keyId, scope, ownerOnly };
    } else request.keyRefused = checked?.refused ?? "missing";
  });
  app.addHook("preParsing", async (request, reply) => authorize(request, reply));
  // After the validation: an id of somebody else is answered as one that does not exist.
  app.addHook("preHandler", async (request) => {
    const ownerId = onlyOwner(request);
    if (ownerId === undefined || neededScope(request) === "public") return;
    const { id } = (request.params ?? {}) as { id?: string };
    if (id !== undefined) return assertOwned(store, ownerId, [id]);
    if (!request.routeOptions.config.ofOwner) throw new AppError("forbidden", NOT_ITS_OWN);
  });
  return mode;
}

/** The key to whose own a request is limited; undefined without that limit. */
export const onlyOwner = ({ actor }: FastifyRequest): string | undefined =>
  actor?.ownerOnly ? (actor.keyId ?? undefined) : undefined;

/** Whose request counts against whose limits: its key's, or without one its address's. */
export const senderOf = ({ actor, ip }: FastifyRequest): string => actor?.keyId ?? `address ${ip}`;

/** Sets the scope of all routes of the instance that name none, such as those of plugins. */
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
    `The API key ${actor.keyId} has the scope ${actor.scope}; this route needs ${needed}. ` +
      `\`winnow keys create --scope ${needed}\` creates a key with it.`,
  );
}

const REFUSALS: Record<KeyRefusal | "missing", string> = {
  missing:
    "Send an API key as `Authorization: Bearer wn_...`; the operator of the service creates one " +
    "with `winnow keys create`.",
  unknown: "The service does not know this API key; check that it was copied completely.",
  expired: "The API key has expired; ask the operator of the service for a new one.",
  revoked: "The API key was revoked; ask the operator of the service for a new one.",
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
