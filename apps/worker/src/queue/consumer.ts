import { TaskPayload } from "@winnow/contracts";
import type { RedisAddress } from "@winnow/redis";
import { type Job, WaitingError, Worker } from "bullmq";
import type { Logger } from "pino";
import { KEPT_ENTRIES, type QueuePlace, type QueueSettings } from "./settings.js";

export interface ConsumerSettings extends QueueSettings {
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
  /** Deliveries that run at a time. */
  readonly concurrency: number;
}

/**
 * Why a consumer takes nothing: children that die at once, what every task needs is missing, or it stands
 * in for workers that are there.
 */
export type PausedBy = "breaker" | "unfit" | "stood-in-for";

/** Takes deliveries from a queue until it is closed. */
export interface Consumer {
  /** Takes no more until all who paused it have resumed it; running deliveries continue. */
  pause(by: PausedBy): Promise<void>;
  resume(by: PausedBy): void;
  /** Takes no more, and resolves when the running deliveries have ended. */
  close(): Promise<void>;
}

const RETRY_MS = 500;

/**
 * Opens a consumer. BullMQ renews the entries' locks while `deliver` runs. A lost lock does not end
 * the work: the entry is delivered again, but the claim in Postgres is held, and the second delivery
 * finds nothing to do.
 */
export function openConsumer(
  queue: string,
  address: RedisAddress,
  settings: ConsumerSettings,
  deliver: (payload: TaskPayload, from: QueuePlace) => Promise<unknown>,
  onError: (error: Error) => void,
  log: Pick<Logger, "warn">,
): Consumer {
  // BullMQ requires null: a consumer waits for Redis without a limit.
  const redis = address.connect({
    connectionName: "winnow-consumer",
    maxRetriesPerRequest: null,
  });
  redis.on("error", onError);
  const pausedBy = new Set<PausedBy>();
  const run = async (entry: Job, token?: string) => {
    // A wait for entries that began before the pause ends with one, which is for others to take.
    if (pausedBy.size > 0) {
      await entry.moveToWait(token);
      throw new WaitingError();
    }
    return deliver(TaskPayload.parse(entry.data), { queue, queuedAt: entry.timestamp });
  };
  const worker = new Worker(queue, run, {
    connection: redis,
    prefix: settings.prefix,
    concurrency: settings.concurrency,
    lockDuration: settings.lockDurationMs,
    stalledInterval: settings.stalledIntervalMs,
    maxStalledCount: 10,
    // After an error of Redis; the default of 15 s would be felt after a failover.
    runRetryDelay: RETRY_MS,
    removeOnComplete: KEPT_ENTRIES,
    removeOnFail: KEPT_ENTRIES,
  });
  worker.on("error", onError);
  worker.on("failed", (entry, error) =>
    log.warn({ err: error, queue, entry: entry?.id }, "a queue entry is none of ours"),
  );
  return {
    async pause(by) {
      pausedBy.add(by);
      if (!worker.isPaused()) await worker.pause(true);
    },
    resume(by) {
      pausedBy.delete(by);
      if (pausedBy.size === 0 && worker.isPaused()) worker.resume();
    },
    async close() {
      await worker.close();
      redis.disconnect();
    },
  };
}
