import { TaskPayload } from "@winnow/contracts";
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { KEPT_ENTRIES, type QueueSettings } from "./settings.js";

export interface ConsumerSettings extends QueueSettings {
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
  /** Deliveries that run at a time. */
  readonly concurrency: number;
}

/** Takes deliveries from a queue until it is closed. */
export interface Consumer {
  /** Takes no more until it is resumed; running deliveries continue. */
  pause(): Promise<void>;
  resume(): void;
  /** Takes no more, and resolves when the running deliveries have ended. */
  close(): Promise<void>;
}

/**
 * Opens a consumer. BullMQ renews the entries' locks while `deliver` runs. A lost lock does not end
 * the work: the entry is delivered again, but the claim in Postgres is held, and the second delivery
 * finds nothing to do.
 */
export function openConsumer(
  queue: string,
  settings: ConsumerSettings,
  deliver: (payload: TaskPayload) => Promise<void>,
  onError: (error: Error) => void,
): Consumer {
  // BullMQ requires null: a consumer waits for Redis without a limit.
  const redis = new Redis(settings.redisUrl, {
    connectionName: "winnow-consumer",
    maxRetriesPerRequest: null,
  });
  redis.on("error", onError);
  const worker = new Worker(queue, async (entry) => deliver(TaskPayload.parse(entry.data)), {
    connection: redis,
    prefix: settings.queuePrefix,
    concurrency: settings.concurrency,
    lockDuration: settings.lockDurationMs,
    stalledInterval: settings.stalledIntervalMs,
    maxStalledCount: 10,
    removeOnComplete: KEPT_ENTRIES,
    removeOnFail: KEPT_ENTRIES,
  });
  worker.on("error", onError);
  return {
    pause: () => worker.pause(true),
    resume: () => worker.resume(),
    async close() {
      await worker.close();
      redis.disconnect();
    },
  };
}
