import { guardedAgent, type Network } from "@winnow/network";
import { type DueDelivery, recordAttempt, type Store, takeDeliveries } from "@winnow/store";
import type { Tracing } from "@winnow/tracing";
import type { Logger } from "pino";
import { type Repeated, repeat } from "../repeat.js";
import { beginDelivery, parentsOf, untilAnswered } from "./delivery-span.js";
import { type PostResult, postMessage } from "./post-message.js";
import { RETRY_WAITS_MS, retryWait } from "./retry-waits.js";

const POLL_MS = 1_000;
const AT_ONCE = 32;
/** Limits one endpoint that hangs, so that the others are still served. */
const PER_ENDPOINT = 4;
/** How long an attempt may take beside the receiver's time. */
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
  /** Without it nothing is traced. */
  readonly tracing?: Tracing | null;
  readonly log: Logger;
}

/**
 * Sends due webhook messages every second. Several deliverers may run. Each message is sent at least
 * once: if a deliverer dies before it has recorded the answer, another one sends the message again
 * with the same id when the lease has expired.
 */
export function startDeliverer(options: DelivererOptions): Repeated {
  const { store, timeoutMs, tracing = null, log } = options;
  const agent = guardedAgent(options.network);
  const stopping = new AbortController();
  const underWay = new Map<DueDelivery, Promise<void>>();

  const post = (delivery: DueDelivery, parent: string | undefined): Promise<PostResult> => {
    const span = tracing && parent ? beginDelivery(tracing, delivery, parent) : null;
    const message = { ...delivery, traceParent: span?.traceParent ?? null };
    const posted = postMessage(message, agent, timeoutMs, stopping.signal);
    return span ? untilAnswered(span, posted) : posted;
  };

  const send = async (delivery: DueDelivery, parent: string | undefined) => {
    const { id: deliveryId, webhookId, attempt } = delivery;
    const { status, error, retryAfterMs } = await post(delivery, parent);
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
    const { disabled } = await recordAttempt(store, delivery, outcome, disableAfterMs);
    log.debug({ deliveryId, webhookId, attempt, status, error }, "a webhook was sent");
    if (disabled) log.warn({ webhookId, error }, "the webhook has failed for too long: disabled");
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
      const parents = tracing ? await parentsOf(store, taken) : null;
      for (const delivery of taken) {
        const sending = send(delivery, parents?.get(delivery.jobId ?? ""))
          .catch((error: unknown) => {
            // Nothing is recorded: the message is sent again when its lease has expired.
            if (!stopping.signal.aborted)
              log.warn({ err: error }, "the result of a webhook could not be recorded");
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
    log.warn({ err: error }, "sending webhooks failed; it is retried"),
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
