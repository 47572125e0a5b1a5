import { type Channel, listen } from "@winnow/store";
import type { Logger } from "pino";
import { repeat } from "./repeat.js";

const LISTEN_AGAIN_MS = 2_000;

/**
 * Listens to a channel of Postgres on a connection of its own, opened again whenever it breaks.
 * `onNews` hears null each time it begins: something may have been told while nobody listened.
 */
export function keepListening(
  databaseUrl: string,
  channel: Channel,
  onNews: (payload: string | null) => void,
  log: Logger,
): { end(): Promise<void> } {
  let close: (() => Promise<void>) | null = null;
  const listener = repeat(
    async () => {
      if (close) return;
      close = await listen(databaseUrl, channel, onNews, (error) => {
        close = null;
        log.warn({ err: error, channel }, "the LISTEN connection was lost; the poll goes on");
      });
      onNews(null);
    },
    LISTEN_AGAIN_MS,
    (error) => log.warn({ err: error, channel }, "no LISTEN connection; the poll goes on"),
  );
  return {
    async end() {
      await listener.end();
      await close?.().catch(() => {});
    },
  };
}
