import { type DueEntry, relayOutbox, type Store } from "@winnow/store";
import type { Tracing } from "@winnow/tracing";
import type { Logger } from "pino";
import type { Queues } from "../queue/producer.js";
import { keepListening } from "./keep-listening.js";
import { traceRelayed } from "./outbox-spans.js";
import { type Repeated, repeat } from "./repeat.js";

const POLL_MS = 1_000;
const BATCH = 500;

/**
 * Moves outbox entries to their queues: at once when Postgres notifies of new ones, and by a poll
 * every second, for delayed entries and for notifications that a lost connection missed.
 */
export function startRelay(
  store: Store,
  queues: Queues,
  tracing: Tracing | null,
  log: Logger,
): Repeated {
  let isRedisDown = false;
  const relayed: DueEntry[] = [];
  const add = async (entries: DueEntry[]) => {
    await queues.add(entries).catch((error) => {
      isRedisDown = true;
      throw error;
    });
    if (tracing) relayed.push(...entries);
  };
  const relay = repeat(
    async () => {
      // While Redis is down, entries are not taken from the outbox only to be put back.
      if (isRedisDown) await queues.ping();
      isRedisDown = false;
      let count: number;
      do {
        count = await relayOutbox(store, add, BATCH);
        if (tracing) await traceRelayed(tracing, store, relayed.splice(0));
      } while (count === BATCH);
    },
    POLL_MS,
    (error) => log.warn({ err: error }, "relaying the outbox failed; it is retried"),
  );
  const listener = keepListening(store, "winnow_outbox", relay.now, log);
  return {
    now: relay.now,
    async end() {
      await listener.end();
      await relay.end();
    },
  };
}
