import { createHash } from "node:crypto";
import { AppError } from "@winnow/contracts";
import { stringify } from "safe-stable-stringify";
import { tryLock } from "../database/advisory-locks.js";
import {
  type Database,
  type Store,
  sql,
  type Transaction,
  withTransaction,
} from "../database/client.js";
import { auditInsert, type NewAuditEntry, recordAudit } from "./audit.js";

export interface IdempotentRequest {
  /** The sender: owners do not share keys. Empty without access control. */
  readonly owner: string;
  readonly key: string;
  /** Method and path pattern. */
  readonly route: string;
  /** What must be equal for a request to be the same; compared by its hash. */
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** How long the first answer is stored. */
export const IDEMPOTENCY_HOURS = 24;

/**
 * Runs `work` in one transaction and stores its answer under the key in that transaction. A later
 * request with the same key and body gets the stored answer. Without a key nothing is stored. The audit
 * gets the entry of an answer that is not stored yet, in the same transaction.
 * Throws `idempotency-key-reuse` for another body, `idempotency-in-flight` while the first request
 * runs.
 */
export async function idempotently(
  store: Store,
  request: IdempotentRequest | null,
  work: (tx: Transaction) => Promise<Answer>,
  entryOf: (answer: Answer) => NewAuditEntry,
): Promise<Answer & { replayed: boolean }> {
  return withTransaction(store, async (tx) => {
    if (!request) {
      const answer = await work(tx);
      await recordAudit(tx, entryOf(answer));
      return { ...answer, replayed: false };
    }
    const { owner, key, route } = request;
    const bodyHash = createHash("sha256")
      .update(stringify(request.body) ?? "")
      .digest("hex");
    if (!(await tryLock(tx, "idempotencyKey", `${owner}\n${key}`))) {
      throw new AppError(
        "idempotency-in-flight",
        "The first request with this Idempotency-Key is still running; ask again in a moment.",
        { retryAfterSeconds: 1 },
      );
    }
    const kept = await tx.query<{
      route: string;
      body_hash: string;
      status: number;
      response: unknown;
    }>({
      name: "kept-answer",
      text: `SELECT route, body_hash, status, response FROM idempotency_keys
        WHERE owner = $1 AND key = $2 AND created_at > now() - make_interval(hours => $3)`,
      values: [owner, key, IDEMPOTENCY_HOURS],
    });
    const first = kept.rows[0];
    if (first) {
      if (first.route !== route || first.body_hash !== bodyHash) {
        throw new AppError(
          "idempotency-key-reuse",
          `The Idempotency-Key "${key}" was first used with a different request; use a new key.`,
        );
      }
      return { status: first.status, body: first.response, replayed: true };
    }
    const answer = await work(tx);
    const { status, body } = answer;
    // Somebody waits for it: both in one round trip.
    await tx.query({
      name: "keep-answer",
      text: `WITH audited AS (${auditInsert("$7")})
        INSERT INTO idempotency_keys (owner, key, route, body_hash, status, response)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (owner, key) DO UPDATE SET route = $3, body_hash = $4, status = $5,
          response = $6, created_at = now()`,
      values: [
        ...[owner, key, route, bodyHash, status, JSON.stringify(body)],
        JSON.stringify([entryOf(answer)]),
      ],
    });
    return { ...answer, replayed: false };
  });
}

/** Whether an answer is stored under the key, whatever its request was. */
export async function hasAnswer(db: Database, owner: string, key: string): Promise<boolean> {
  const { rowCount } = await sql(db).query(
    `SELECT 1 FROM idempotency_keys
     WHERE owner = $1 AND key = $2 AND created_at > now() - make_interval(hours => $3)`,
    [owner, key, IDEMPOTENCY_HOURS],
  );
  return rowCount === 1;
}
