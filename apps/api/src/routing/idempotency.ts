import type { Answer, Store, Transaction } from "@winnow/store";
import { hasAnswer, idempotently } from "@winnow/store";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { auditEntryOf } from "../plugins/audit.js";

/** Loose: Fastify passes on only what the schema accepts, and handlers read other headers too. */
export const IdempotencyHeaders = z.looseObject({
  "idempotency-key": z.string().min(1).max(255).optional().meta({
    description:
      "Repeats with the same key and body get the first answer for 24 hours and create nothing",
  }),
});

/** Whether an answer is kept for the request's Idempotency-Key. */
export async function isAnswered(store: Store, request: FastifyRequest): Promise<boolean> {
  const key = request.headers["idempotency-key"];
  return typeof key === "string" && hasAnswer(store, ownerOf(request), key);
}

const ownerOf = ({ actor }: FastifyRequest): string => actor?.keyId ?? "";

/**
 * Runs `work` once per Idempotency-Key and sets the answer's status and headers. One transaction
 * holds the work, the kept answer and the row of the audit. Each API key has its own idempotency
 * keys. `body` must be the same in a replay. Returns the answer's body and whether it is a replay.
 */
export async function answerOnce(
  store: Store,
  request: FastifyRequest,
  reply: FastifyReply,
  body: unknown,
  work: (tx: Transaction) => Promise<Answer>,
  /** The id that the audit records; by default that of the created resource. */
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
    work,
    (made) => ({
      ...auditEntryOf(request),
      resource: resource ?? (made.body as { id?: string }).id ?? null,
    }),
  );
  request.audited = true;
  reply.code(answer.status);
  if (answer.replayed) reply.header("idempotent-replayed", "true");
  return { body: answer.body, replayed: answer.replayed };
}
