import { type OutboxEntry, relayOutbox, type Store } from "@winnow/store";
import type { Logger } from "pino";
import type { Queues } from "../queue/producer.js";
import { keepListening } from "./keep-listening.js";
import { type Repeated, repeat } from "./repeat.js";

const POLL_MS = 1_000;
const BATCH = 500;

/**
 * Moves outbox entries to their queues: at once when Postgres tells of new ones, and by a poll once
 * a second, for delayed entries and for what was not heard while the connection was lost.
 */
export function startRelay(
  store: Store,
  databaseUrl: string,
  queues: Queues,
  log: Logger,
): Repeated {
  let isRedisDown = false;
  const add = (entries: OutboxEntry[]) =>
    queues.add(entries).catch((error) => {
      isRedisDown = true;
      throw error;
    });
  const relay = repeat(
    async () => {
      // While it is, nothing is taken from the outbox only to be put back.
      if (isRedisDown) await queues.ping();
      isRedisDown = false;
      while ((await relayOutbox(store, add, BATCH)) === BATCH);
    },
    POLL_MS,
    (error) => log.warn({ err: error }, "the outbox could not be relayed; it is tried again"),
  );
  const listener = keepListening(databaseUrl, "winnow_outbox", relay.now, log);
  return {
    now: relay.now,
    async end() {
      await listener.end();
      await relay.end();
    },
  };
}
