import { type ErrorCode, ROUTES } from "@winnow/contracts";
import { recordAudit, type Store, type Transaction } from "@winnow/store";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyRequest {
    /** The change is already in the audit. */
    audited: boolean;
    /** The code of the problem that was sent. */
    problemCode: ErrorCode | null;
  }
}

/** Not worth a row each: requests without a known sender, too many, or without a database. */
const UNRECORDED = new Set<ErrorCode>([
  "unauthenticated",
  "rate-limited",
  "overloaded",
  "not-ready",
]);

/** Records a change in the transaction that makes it. */
export async function auditChange(
  tx: Transaction,
  request: FastifyRequest,
  resource: string | null,
): Promise<void> {
  await recordAudit(tx, { ...auditEntryOf(request), resource });
  request.audited = true;
}

/**
 * Records, before the answer is sent, changes that were refused or failed, and those that were made
 * without a transaction.
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
      request.log.error({ err, ...entry }, "could not record a change in the audit"),
    );
  });
}

function changesSomething(request: FastifyRequest): boolean {
  if (request.is404 || request.method === "GET" || request.method === "HEAD") return false;
  const { scope } = request.routeOptions.config;
  if (scope === "read" || scope === "public") return false;
  const query = request.query as { validateOnly?: unknown } | null;
  return query?.validateOnly !== "true" || !VALIDATING.has(operationOf(request) ?? "");
}

/** Routes that can be asked to change nothing. */
const VALIDATING: ReadonlySet<string> = new Set(
  Object.entries(ROUTES).flatMap(([name, route]) =>
    "query" in route && "validateOnly" in route.query.shape ? [name] : [],
  ),
);

const operationOf = (request: FastifyRequest): string | undefined =>
  (request.routeOptions.schema as { operationId?: string } | undefined)?.operationId;

/** The entry of a request, without the resource that it changed. */
export const auditEntryOf = (request: FastifyRequest) => ({
  action: operationOf(request) ?? `${request.method} ${request.routeOptions.url}`,
  keyId: request.actor?.keyId ?? null,
  requestId: request.id,
});

/** What the answer's Location names, or else the id in the path. */
function resourceOf(request: FastifyRequest, reply: FastifyReply): string | null {
  const made = /[^/]+$/.exec(String(reply.getHeader("location") ?? ""))?.[0];
  const { id } = (request.params ?? {}) as { id?: string };
  // An invalid id in the path can be any text.
  return made ?? (id && /^[a-z]+_[0-9a-f-]{36}$/.test(id) ? id : null);
}
