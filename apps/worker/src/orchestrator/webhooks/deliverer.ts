import { type DueDelivery, noteDelivery, type Store, takeDeliveries } from "@winnow/store";
import type { Logger } from "pino";
import { guardedAgent, type Network } from "../../network/guarded-agent.js";
import { type Repeated, repeat } from "../repeat.js";
import { postMessage } from "./post-message.js";
import { RETRY_WAITS_MS, retryWait } from "./retry-waits.js";

const POLL_MS = 1_000;
const AT_ONCE = 32;
/** So that one endpoint that hangs leaves room for the others. */
const PER_ENDPOINT = 4;
/** What an attempt may take besides the receiver's time. */
const LEASE_SLACK_MS = 5_000;
const DISABLE_AFTER_MS = 5 * 24 * 3_600_000;

export interface DelivererOptions {
  readonly store: Store;
  readonly network: Network;
  /** How long a receiver may take to answer. */
  readonly timeoutMs: number;
  readonly waitsMs?: readonly number[];
  readonly disableAfterMs?: number;
  readonly pollMs?: number;
  readonly log: Logger;
}

/**
 * Sends what jobs' ends left for webhooks, once a second. Several may run. Each message is sent at
 * least once: a sender that dies before it has noted the answer leaves it to another, which sends
 * it again under the same id when the lease has ended.
 */
export function startDeliverer(options: DelivererOptions): Repeated {
  const { store, timeoutMs, log } = options;
  const agent = guardedAgent(options.network);
  const stopping = new AbortController();
  const underWay = new Map<DueDelivery, Promise<void>>();

  const send = async (delivery: DueDelivery) => {
    const { id: deliveryId, webhookId, attempt } = delivery;
    const { status, error, retryAfterMs } = await postMessage(
      delivery,
      agent,
      timeoutMs,
      stopping.signal,
    );
    const waits = options.waitsMs ?? RETRY_WAITS_MS;
    const outcome =
      error === null && status !== null
        ? { delivered: true as const, status }
        : {
            delivered: false as const,
            status,
            error: error ?? "no answer",
            retryInMs: retryWait(attempt, waits, Math.random(), retryAfterMs),
            gone: status === 410,
          };
    const disableAfterMs = options.disableAfterMs ?? DISABLE_AFTER_MS;
    const { disabled } = await noteDelivery(store, delivery, outcome, disableAfterMs);
    log.debug({ deliveryId, webhookId, attempt, status, error }, "a webhook was sent");
    if (disabled) log.warn({ webhookId, error }, "the webhook fails for too long: disabled");
  };

  const round = async () => {
    for (;;) {
      const limit = AT_ONCE - underWay.size;
      if (limit <= 0 || stopping.signal.aborted) return;
      const taken = await takeDeliveries(store, {
        limit,
        perEndpoint: PER_ENDPOINT,
        busy: busyEndpoints([...underWay.keys()]),
        leaseMs: timeoutMs + LEASE_SLACK_MS,
      });
      if (taken.length === 0) return;
      for (const delivery of taken) {
        const sending = send(delivery)
          .catch((error: unknown) => {
            // Nothing is noted: when the lease has ended it is sent again.
            if (!stopping.signal.aborted) log.warn({ err: error }, "a webhook's end is not noted");
          })
          .finally(() => {
            underWay.delete(delivery);
            loop.now();
          });
        underWay.set(delivery, sending);
      }
    }
  };
  const loop = repeat(round, options.pollMs ?? POLL_MS, (error) =>
    log.warn({ err: error }, "webhooks could not be sent; it is tried again"),
  );
  return {
    now: loop.now,
    async end() {
      stopping.abort(new Error("the worker stops"));
      await loop.end();
      await Promise.all(underWay.values());
      await agent.destroy();
    },
  };
}

function busyEndpoints(underWay: readonly DueDelivery[]): string[] {
  const counts = new Map<string, number>();
  for (const { webhookId } of underWay) counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
  return [...counts].filter(([, count]) => count >= PER_ENDPOINT).map(([id]) => id);
}
