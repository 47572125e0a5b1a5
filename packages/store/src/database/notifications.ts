import pg from "pg";
import { type Queryable, SERVER_KEEPALIVES } from "./client.js";

// What Postgres tells at once to whoever listens. It may go unheard while a connection is lost:
// everything told here is found by a poll as well.

export type Channel =
  /** Entries were written to the outbox. */
  | "winnow_outbox"
  /** A job's end was asked for; its id is the payload. */
  | "winnow_cancel";

/** Tells the channel when the transaction commits. */
export async function notify(tx: Queryable, channel: Channel, payload = ""): Promise<void> {
  await tx.query("SELECT pg_notify($1, $2)", [channel, payload]);
}

/**
 * Calls `onNews` with each payload. The connection is its own and may break: `onLost` is called
 * once, and the caller listens again. Returns how to end it.
 */
export async function listen(
  databaseUrl: string,
  channel: Channel,
  onNews: (payload: string) => void,
  onLost: (error: Error) => void,
): Promise<() => Promise<void>> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: `winnow-listen ${channel}`,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
  });
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
    await client.query(SERVER_KEEPALIVES);
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
