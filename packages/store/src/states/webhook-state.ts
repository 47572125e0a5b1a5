import { statesBefore, WEBHOOK_TRANSITIONS } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";

/** Enables an endpoint and forgets its failures. */
export async function enableWebhook(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    `UPDATE webhooks SET state = 'enabled', disabled_reason = NULL, failing_since = NULL
     WHERE id = $1 AND state = ANY($2)`,
    [id, statesBefore(WEBHOOK_TRANSITIONS, "enabled")],
  );
}

export async function disableWebhook(tx: Transaction, id: string, reason: string): Promise<void> {
  await tx.query(
    `UPDATE webhooks SET state = 'disabled', disabled_reason = $3
     WHERE id = $1 AND state = ANY($2)`,
    [id, statesBefore(WEBHOOK_TRANSITIONS, "disabled"), reason],
  );
}

/**
 * Disables an enabled endpoint whose every attempt has failed for `forMs`, which is read from its
 * `failing_since`; returns whether it did.
 */
export async function disableFailingWebhook(
  tx: Transaction,
  id: string,
  { forMs, lastError }: { readonly forMs: number; readonly lastError: string },
): Promise<boolean> {
  // A failure disables only enabled endpoints, so the reason of a person stays.
  const from = statesBefore(WEBHOOK_TRANSITIONS, "disabled").filter((state) => state === "enabled");
  const { rowCount } = await tx.query(
    `UPDATE webhooks SET state = 'disabled', disabled_reason = format(
         'no delivery has succeeded since %s; the last error: %s',
         to_char(failing_since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), $4::text)
     WHERE id = $1 AND state = ANY($2) AND failing_since < now() - $3 * interval '1 millisecond'`,
    [id, from, forMs, lastError],
  );
  return rowCount === 1;
}
