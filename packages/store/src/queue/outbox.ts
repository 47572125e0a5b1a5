import type { TaskPayload } from "@winnow/contracts";
import { type Queryable, type Store, withTransaction } from "../database/client.js";
import { notify } from "../database/notifications.js";

export interface OutboxEntry {
  readonly queue: string;
  readonly payload: TaskPayload;
}

/** An entry whose time has come. */
export interface DueEntry extends OutboxEntry {
  readonly dueAt: Date;
}

/** Records, in a transaction, that a task is to be put on its queue now or after `delayMs`. */
export async function enqueue(
  tx: Queryable,
  { queue, payload }: OutboxEntry,
  delayMs = 0,
): Promise<void> {
  await tx.query(
    `INSERT INTO outbox (task_id, queue, delivery, payload, available_at)
     VALUES ($1, $2, $3, $4, now() + $5 * interval '1 millisecond')`,
    [payload.taskId, queue, payload.delivery, JSON.stringify(payload), delayMs],
  );
  await notify(tx, "winnow_outbox");
}

/**
 * Moves up to `limit` due entries to their queues through `add` and marks them as sent. Several
 * relays may run: each locks its rows. If `add` throws, nothing is marked and the entries are sent
 * again later: a duplicate queue entry is harmless, a lost one is not.
 */
export async function relayOutbox(
  store: Store,
  add: (entries: DueEntry[]) => Promise<void>,
  limit = 500,
): Promise<number> {
  return withTransaction(store, async (tx) => {
    const { rows } = await tx.query<DueEntry & { id: string }>({
      name: "relay-outbox",
      text: `WITH due AS MATERIALIZED (
         SELECT id FROM outbox WHERE sent_at IS NULL AND available_at <= now()
         ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
       UPDATE outbox o SET sent_at = now() FROM due WHERE o.id = due.id
       RETURNING o.id, o.queue, o.payload, o.available_at AS "dueAt"`,
      values: [limit],
    });
    if (rows.length === 0) return 0;
    // In the order of insertion, which UPDATE does not keep.
    await add(rows.sort((a, b) => Number(BigInt(a.id) - BigInt(b.id))));
    return rows.length;
  });
}
