import type { Answer, Store, Transaction } from "@winnow/store";
import { idempotently, isKept } from "@winnow/store";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { auditChange } from "../plugins/audit.js";

/** Loose: Fastify hands the handler what the schema lets through, and other headers matter too. */
export const IdempotencyHeaders = z.looseObject({
  "idempotency-key": z.string().min(1).max(255).optional().meta({
    description: "The same key and body within 24 hours get the first answer, and make nothing",
  }),
});

/** Whether the request's Idempotency-Key has its answer already. */
export async function isAnswered(store: Store, request: FastifyRequest): Promise<boolean> {
  const key = request.headers["idempotency-key"];
  return typeof key === "string" && isKept(store, ownerOf(request), key);
}

const ownerOf = ({ actor }: FastifyRequest): string => actor?.keyId ?? "";

/**
 * Runs `work` once per Idempotency-Key in one transaction, which also holds its row of the audit, and
 * sets the answer's status and headers. Keys of different API keys do not meet.
 * `body` is what must be the same for a replay. Returns the answer's body and whether it is a replay.
 */
export async function answerOnce(
  store: Store,
  request: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
  work: (tx: Transaction) => Promise<Answer>,
  /** What the audit names: without it what was made. */
  resource?: string,
): Promise<{ body: unknown; replayed: boolean }> {
  const key = request.headers["idempotency-key"];
  const answer = await idempotently(
    store,
    typeof key === "string"
      ? {
          owner: ownerOf(request),
          key,
          route: `${request.method} ${request.routeOptions.url}`,
          body,
        }
      : null,
    async (tx) => {
      const made = await work(tx);
      await auditChange(tx, request, resource ?? (made.body as { id?: string }).id ?? null);
      return made;
    },
  );
  if (answer.replayed) request.audited = true;
  reply.code(answer.status);
  if (answer.replayed) reply.header("idempotent-replayed", "true");
  return { body: answer.body, replayed: answer.replayed };
}
