import type { Store } from "../database/client.js";
import { notify } from "../database/notifications.js";

/**
 * A function that tells the relays of entries that were committed, never waited for. It is not part of
 * the writing transaction, since Postgres lets transactions that NOTIFY commit one at a time only.
 * Calls while one is under way share the next. One that is lost, by a crash for instance, costs the
 * time to the relay's next poll.
 */
export function outboxBell({ pool }: Pick<Store, "pool">): () => void {
  let ringing = false;
  let again = false;
  const ring = async (): Promise<void> => {
    ringing = true;
    do {
      again = false;
      await notify(pool, "winnow_outbox").catch(() => {});
    } while (again);
    ringing = false;
  };
  return () => {
    again = true;
    if (!ringing) void ring();
  };
}
