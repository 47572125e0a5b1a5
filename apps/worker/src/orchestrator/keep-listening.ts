import { type Channel, listen, type Store } from "@winnow/store";
import type { Logger } from "pino";
import { repeat } from "./repeat.js";

const LISTEN_AGAIN_MS = 2_000;

/**
 * Listens to a channel of Postgres on its own connection, which is reopened whenever it breaks.
 * `onNotification` gets null each time listening starts: a notification may have been missed before.
 */
export function keepListening(
  store: Store,
  channel: Channel,
  onNotification: (payload: string | null) => void,
  log: Logger,
): { end(): Promise<void> } {
  let close: (() => Promise<void>) | null = null;
  const listener = repeat(
    async () => {
      if (close) return;
      close = await listen(store, channel, onNotification, (error) => {
        close = null;
        log.warn({ err: error, channel }, "the LISTEN connection was lost; polling continues");
      });
      onNotification(null);
    },
    LISTEN_AGAIN_MS,
    (error) => log.warn({ err: error, channel }, "no LISTEN connection; polling continues"),
  );
  return {
    async end() {
      await listener.end();
      await close?.().catch(() => {});
    },
  };
}
