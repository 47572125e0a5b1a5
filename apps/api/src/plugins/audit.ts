import { type ErrorCode, ROUTES } from "@winnow/contracts";
import { recordAudit, type Store, type Transaction } from "@winnow/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** What the request did stands in the audit already. */
    audited: boolean;
    /** The problem that it was answered with. */
    problemCode: ErrorCode | null;
  }
}

/**
 * Not worth a row each: a request of nobody known, one too many, and one for which there is no
 * database to write to.
 */
const UNRECORDED = new Set<ErrorCode>([
  "unauthenticated",
  "rate-limited",
  "overloaded",
  "not-ready",
]);

/** Notes a change in its own transaction. */
export async function auditChange(
  tx: Transaction,
  request: FastifyRequest,
  resource: string | null,
): Promise<void> {
  await recordAudit(tx, { ...auditEntryOf(request), resource });
  request.audited = true;
}

/**
 * Notes every change that was refused or failed, and those that were made without a transaction of
 * their own, before the answer goes out.
 */
export function registerAudit(app: FastifyInstance, store: Store): void {
  app.decorateRequest("audited", false);
  app.decorateRequest("problemCode", null);
  app.addHook("onSend", async (request, reply) => {
    const { problemCode } = request;
    if (!changesSomething(request) || (problemCode && UNRECORDED.has(problemCode))) return;
    if (request.audited && !problemCode) return;
    const entry = { ...auditEntryOf(request), resource: resourceOf(request, reply) };
    await recordAudit(store, { ...entry, outcome: problemCode ?? "ok" }).catch((err) =>
      request.log.error({ err, ...entry }, "a change is missing from the audit"),
    );
  });
}

function changesSomething(request: FastifyRequest): boolean {
  if (request.is404 || request.method === "GET" || request.method === "HEAD") return false;
  const { scope } = request.routeOptions.config;
  if (scope === "read" || scope === "public") return false;
  const query = request.query as { validateOnly?: unknown } | null;
  return query?.validateOnly !== "true" || !CHECKING.has(operationOf(request) ?? "");
}

/** Those that can be asked to change nothing. */
const CHECKING: ReadonlySet<string> = new Set(
  Object.entries(ROUTES).flatMap(([name, route]) =>
    "query" in route && "validateOnly" in route.query.shape ? [name] : [],
  ),
);

const operationOf = (request: FastifyRequest): string | undefined =>
  (request.routeOptions.schema as { operationId?: string } | undefined)?.operationId;

/** What the audit says of a request, but for what it changed. */
export const auditEntryOf = (request: FastifyRequest) => ({
  action: operationOf(request) ?? `${request.method} ${request.routeOptions.url}`,
  keyId: request.actor?.keyId ?? null,
  requestId: request.id,
});

/** What was made, by the answer's Location, or else what the path names. */
function resourceOf(request: FastifyRequest, reply: FastifyReply): string | null {
  const made = /[^/]+$/.exec(String(reply.getHeader("location") ?? ""))?.[0];
  const { id } = (request.params ?? {}) as { id?: string };
  // A path's id that is no id of ours may be anything.
  return made ?? (id && /^[a-z]+_[0-9a-f-]{36}$/.test(id) ? id : null);
}
