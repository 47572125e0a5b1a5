import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { QUEUES } from "@winnow/contracts";
import { Queue } from "bullmq";
import { Redis } from "ioredis";

/** The queues as a page shows them. The API adds nothing to them: the worker's relay does. */
export interface ShownQueues {
  /** Hands over all queues once Redis answers for the first time. */
  onReady(show: (adapters: BullMQAdapter[]) => void): void;
  /** Whether Redis can be asked. */
  reachable(): boolean;
  close(): Promise<void>;
}

export interface ShownQueuesOptions {
  readonly redisUrl: string;
  /** As the worker has it. */
  readonly prefix: string;
  /** Whether entries may be retried, removed and the like. */
  readonly writes: boolean;
}

const commandTimeoutMs = 5_000;

/** Opens the queues on one connection; while Redis is down, every look at them fails at once. */
export function openShownQueues({ redisUrl, prefix, writes }: ShownQueuesOptions): ShownQueues {
  const redis = new Redis(redisUrl, {
    connectionName: "winnow-queue-board",
    commandTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 200, 5_000),
  });
  // Readiness tells of it.
  redis.on("error", () => {});
  let queues: Queue[] = [];
  const open = () =>
    [...QUEUES.keys()].map((name) => {
      const queue = new Queue(name, {
        connection: redis,
        prefix,
        skipMetasUpdate: true,
        skipWaitingForReady: true,
      });
      queue.on("error", () => {});
      return queue;
    });
  return {
    onReady(show) {
      // A queue made without a connection would fail for ever.
      const handOver = () => {
        queues = open();
        show(queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: !writes })));
      };
      if (redis.status === "ready") handOver();
      else redis.once("ready", handOver);
    },
    reachable: () => queues.length > 0 && redis.status === "ready",
    async close() {
      await Promise.allSettled(queues.map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}
