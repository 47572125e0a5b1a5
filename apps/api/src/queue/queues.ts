import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { QUEUES } from "@winnow/contracts";
import type { RedisAddress } from "@winnow/redis";
import { Queue } from "bullmq";

/** The queues for the page that shows them. Only the relay of the worker adds entries. */
export interface ShownQueues {
  /** Calls `show` with all queues when Redis answers for the first time. */
  onReady(show: (adapters: BullMQAdapter[]) => void): void;
  /** Whether Redis answers. */
  reachable(): boolean;
  close(): Promise<void>;
}

export interface ShownQueuesOptions {
  readonly redis: RedisAddress;
  /** The same as the worker's; it has the database's name in it, which the database tells. */
  readonly prefix: string | Promise<string>;
  /** Whether the page can change entries. */
  readonly writes: boolean;
}

const COMMAND_TIMEOUT_MS = 5_000;

/** Opens the queues on one connection. While Redis is down, every command fails at once. */
export function openShownQueues(options: ShownQueuesOptions): ShownQueues {
  const redis = options.redis.connect({
    connectionName: "winnow-queue-board",
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 200, 5_000),
  });
  // Readiness reports it.
  redis.on("error", () => {});
  let queues: Queue[] = [];
  const open = (prefix: string) =>
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
      const connected = new Promise<void>((resolve) => {
        if (redis.status === "ready") resolve();
        else redis.once("ready", () => resolve());
      });
      const readOnlyMode = !options.writes;
      void Promise.all([options.prefix, connected]).then(([prefix]) => {
        queues = open(prefix);
        show(queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode })));
      });
    },
    reachable: () => queues.length > 0 && redis.status === "ready",
    async close() {
      await Promise.allSettled(queues.map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}
