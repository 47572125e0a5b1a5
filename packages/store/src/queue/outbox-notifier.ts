import { poolOf, type Store } from "../database/client.js";
import { notify } from "../database/notifications.js";

/**
 * Returns a function that notifies the relays of committed entries, without waiting for them. It runs
 * outside the writing transaction, since Postgres commits transactions that NOTIFY one at a time.
 * Calls during a notification share the next one. A lost one, after a crash for instance, costs the
 * time until the relay's next poll.
 */
export function outboxNotifier(store: Store): () => void {
  let notifying = false;
  let again = false;
  const run = async (): Promise<void> => {
    notifying = true;
    do {
      again = false;
      await notify(poolOf(store), "winnow_outbox").catch(() => {});
    } while (again);
    notifying = false;
  };
  return () => {
    again = true;
    if (!notifying) void run();
  };
}
