import type { WebhookDelivery } from "@winnow/contracts";
import { poolOf, type Store, type Transaction, withTransaction } from "../database/client.js";
import { abandonDeliveries, endDeliveryAttempt } from "../states/delivery-state.js";
import { disableFailingWebhook, disableWebhook } from "../states/webhook-state.js";

// The deliverer's side. A delivery is leased, not locked: nobody holds a transaction open while a
// receiver answers. If a sender dies, another takes the delivery when the lease ends.

/** A delivery to send now, with the secrets that sign it. */
export interface DueDelivery {
  readonly id: string;
  readonly webhookId: string;
  /** The job that it tells of; null of a ping. */
  readonly jobId: string | null;
  readonly type: WebhookDelivery["type"];
  readonly url: string;
  readonly body: string;
  /** The number of this attempt, from 1. */
  readonly attempt: number;
  /** The endpoint's secret, and the previous one while it is valid. */
  readonly secrets: readonly string[];
}

/** How an attempt ended. */
export type DeliveryOutcome =
  | { readonly delivered: true; readonly status: number }
  | {
      readonly delivered: false;
      readonly status: number | null;
      readonly error: string;
      /** null: there is no next attempt. */
      readonly retryInMs: number | null;
      /** The receiver answered that it is gone permanently. */
      readonly gone?: boolean;
    };

/**
 * Takes up to `limit` due deliveries, at most `perEndpoint` of an endpoint and none of those in
 * `busy`, and leases them for `leaseMs`. Several senders may run: each gets different ones.
 */
export async function takeDeliveries(
  store: Store,
  options: {
    readonly limit: number;
    readonly perEndpoint: number;
    readonly busy: readonly string[];
    readonly leaseMs: number;
  },
): Promise<DueDelivery[]> {
  const { rows } = await poolOf(store).query<{
    id: string;
    webhook_id: string;
    job_id: string | null;
    type: WebhookDelivery["type"];
    url: string;
    body: string;
    attempts: number;
    secret: string;
    old_secret: string | null;
  }>(
    `WITH due AS (
       SELECT d.id FROM webhooks w CROSS JOIN LATERAL (
         SELECT id, next_attempt_at FROM webhook_deliveries
         WHERE webhook_id = w.id AND state = 'pending' AND next_attempt_at <= now()
         ORDER BY next_attempt_at LIMIT $2) d
       WHERE w.state = 'enabled' AND w.id <> ALL($3::text[])
       ORDER BY d.next_attempt_at LIMIT $1),
     taken AS (
       SELECT id FROM webhook_deliveries
       WHERE id IN (SELECT id FROM due) AND state = 'pending' AND next_attempt_at <= now()
       FOR UPDATE SKIP LOCKED)
     UPDATE webhook_deliveries d SET attempts = attempts + 1, last_attempt_at = now(),
       next_attempt_at = now() + $4 * interval '1 millisecond'
     FROM webhooks w
     WHERE d.id IN (SELECT id FROM taken) AND w.id = d.webhook_id
     RETURNING d.id, d.webhook_id, d.job_id, d.type, w.url, d.body, d.attempts, w.secret,
       CASE WHEN w.old_secret_until > now() THEN w.old_secret END AS old_secret`,
    [options.limit, options.perEndpoint, options.busy, options.leaseMs],
  );
  return rows.map((row) => ({
    id: row.id,
    webhookId: row.webhook_id,
    jobId: row.job_id,
    type: row.type,
    url: row.url,
    body: row.body,
    attempt: row.attempts,
    secrets: row.old_secret === null ? [row.secret] : [row.secret, row.old_secret],
  }));
}

/**
 * Records how an attempt ended, unless the delivery was taken again since. An endpoint that is
 * gone, or whose every attempt has failed for `disableAfterMs`, is disabled with the reason, and
 * its pending deliveries are dead. Returns whether that happened.
 */
export async function recordAttempt(
  store: Store,
  delivery: Pick<DueDelivery, "id" | "webhookId" | "attempt">,
  outcome: DeliveryOutcome,
  disableAfterMs: number,
): Promise<{ disabled: boolean }> {
  return withTransaction(store, async (tx) => {
    // The endpoint is always locked first, so two ends of attempts cannot deadlock.
    await tx.query("SELECT 1 FROM webhooks WHERE id = $1 FOR NO KEY UPDATE", [delivery.webhookId]);
    const retryInMs = outcome.delivered ? null : outcome.retryInMs;
    const next = outcome.delivered ? "delivered" : retryInMs === null ? "dead" : "pending";
    const error = outcome.delivered ? null : outcome.error;
    const end = { status: outcome.status, error, retryInMs };
    if (!(await endDeliveryAttempt(tx, delivery, next, end))) return { disabled: false };
    if (outcome.delivered) {
      await tx.query(
        "UPDATE webhooks SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL",
        [delivery.webhookId],
      );
      return { disabled: false };
    }
    const enabled = await tx.query(
      `UPDATE webhooks SET failing_since = coalesce(failing_since, now())
       WHERE id = $1 AND state = 'enabled'`,
      [delivery.webhookId],
    );
    if (!enabled.rowCount) return { disabled: false };
    const disabled = await disableIfDead(tx, delivery.webhookId, outcome, disableAfterMs);
    if (disabled) await abandonDeliveries(tx, delivery.webhookId);
    return { disabled };
  });
}

async function disableIfDead(
  tx: Transaction,
  webhookId: string,
  { gone, error: lastError }: { readonly gone?: boolean; readonly error: string },
  disableAfterMs: number,
): Promise<boolean> {
  if (!gone) return disableFailingWebhook(tx, webhookId, { forMs: disableAfterMs, lastError });
  await disableWebhook(tx, webhookId, "the receiver answered 410 Gone");
  return true;
}
