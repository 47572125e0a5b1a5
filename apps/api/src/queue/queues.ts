import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { QUEUES } from "@winnow/contracts";
import { Queue } from "bullmq";
import { Redis } from "ioredis";

/** The queues for the page that shows them. Only the relay of the worker adds entries. */
export interface ShownQueues {
  /** Calls `show` with all queues when Redis answers for the first time. */
  onReady(show: (adapters: BullMQAdapter[]) => void): void;
  /** Whether Redis answers. */
  reachable(): boolean;
  close(): Promise<void>;
}

export interface ShownQueuesOptions {
  readonly redisUrl: string;
  /** The same as the worker's. */
  readonly prefix: string;
  /** Whether the page can change entries. */
  readonly writes: boolean;
}

const COMMAND_TIMEOUT_MS = 5_000;

/** Opens the queues on one connection. While Redis is down, every command fails at once. */
export function openShownQueues({ redisUrl, prefix, writes }: ShownQueuesOptions): ShownQueues {
  const redis = new Redis(redisUrl, {
    connectionName: "winnow-queue-board",
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 200, 5_000),
  });
  // Readiness reports it.
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
      // A queue that is opened without a connection never recovers.
      const onReady = () => {
        queues = open();
        show(queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: !writes })));
      };
      if (redis.status === "ready") onReady();
      else redis.once("ready", onReady);
    },
    reachable: () => queues.length > 0 && redis.status === "ready",
    async close() {
      await Promise.allSettled(queues.map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}
