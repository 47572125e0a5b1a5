import { DELIVERY_TRANSITIONS, type DeliveryState, statesBefore } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";

/** How an attempt to send ended. */
export interface AttemptEnd {
  readonly status: number | null;
  readonly error: string | null;
  /** null: there is no next attempt. */
  readonly retryInMs: number | null;
}

/** Records the end of an attempt; false where the delivery was taken again since, or has ended. */
export async function endDeliveryAttempt(
  tx: Transaction,
  { id, attempt }: { readonly id: string; readonly attempt: number },
  to: DeliveryState,
  { status, error, retryInMs }: AttemptEnd,
): Promise<boolean> {
  // A delivered or dead one becomes pending only by request.
  const from = statesBefore(DELIVERY_TRANSITIONS, to).filter((state) => state === "pending");
  const { rowCount } = await tx.query(
    `UPDATE webhook_deliveries SET state = $3, last_status = $4, last_error = $5,
       next_attempt_at = now() + $6::double precision * interval '1 millisecond',
       finished_at = CASE WHEN $3 = 'pending' THEN NULL ELSE clock_timestamp() END
     WHERE id = $1 AND attempts = $2 AND state = ANY($7)`,
    [id, attempt, to, status, error, retryInMs, from],
  );
  return rowCount === 1;
}

/** Sends a delivery again, now and with all its attempts; false where the endpoint has none such. */
export async function resendDelivery(
  tx: Transaction,
  webhookId: string,
  id: string,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_attempt_at = now(),
       finished_at = NULL
     WHERE id = $1 AND webhook_id = $2 AND state = ANY($3)`,
    [id, webhookId, statesBefore(DELIVERY_TRANSITIONS, "pending")],
  );
  return rowCount === 1;
}

/** What is pending for a disabled endpoint will never be sent. */
export async function abandonDeliveries(tx: Transaction, webhookId: string): Promise<void> {
  await tx.query(
    `UPDATE webhook_deliveries SET state = 'dead', next_attempt_at = NULL, finished_at = now(),
       last_error = coalesce(last_error, 'the webhook was disabled')
     WHERE webhook_id = $1 AND state = ANY($2)`,
    [webhookId, statesBefore(DELIVERY_TRANSITIONS, "dead")],
  );
}
