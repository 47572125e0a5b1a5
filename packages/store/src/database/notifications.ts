import pg from "pg";
import type { Queryable, Store } from "./client.js";
import { pinRest, sessionConfig, sessionUrl } from "./connection.js";

// Notifications reach all listeners at once. They are lost while a connection is down, so
// everything announced here is also found by polling.

export type Channel =
  /** Entries were written to the outbox. */
  | "winnow_outbox"
  /** A job's cancellation was requested; its id is the payload. */
  | "winnow_cancel";

/** Notifies the channel when the transaction commits. */
export async function notify(tx: Queryable, channel: Channel, payload = ""): Promise<void> {
  await tx.query("SELECT pg_notify($1, $2)", [channel, payload]);
}

/**
 * Calls `onNews` with each payload. It uses a connection of its own. When that breaks, `onLost` is
 * called once, and the caller listens again. Returns how to stop.
 */
export async function listen(
  store: Store,
  channel: Channel,
  onNews: (payload: string) => void,
  onLost: (error: Error) => void,
): Promise<() => Promise<void>> {
  const client = new pg.Client(sessionConfig(sessionUrl(store.urls), `winnow-listen ${channel}`));
  let open = true;
  const lost = (error: Error) => {
    if (!open) return;
    open = false;
    client.end().catch(() => {});
    onLost(error);
  };
  client.on("error", lost);
  client.on("end", () => lost(new Error("the LISTEN connection ended")));
  client.on("notification", ({ payload }) => onNews(payload ?? ""));
  try {
    await client.connect();
    await pinRest(client);
    await client.query(`LISTEN ${channel}`);
  } catch (error) {
    open = false;
    await client.end().catch(() => {});
    throw error;
  }
  return async () => {
    open = false;
    await client.end();
  };
}
