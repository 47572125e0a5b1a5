import { MAX_PAYLOAD_BYTES, QUEUES, type TaskPayload } from "@winnow/contracts";
import type { RedisAddress } from "@winnow/redis";
import type { OutboxEntry } from "@winnow/store";
import { Queue } from "bullmq";
import { KEPT_ENTRIES, type QueueSettings } from "./settings.js";

/** The producer's side of all queues. Every call fails soon if Redis does not answer. */
export interface Queues {
  /** Adds entries to their queues; an entry that is there already is not added again. */
  add(entries: readonly OutboxEntry[]): Promise<void>;
  /** Whether the task's entry waits, or is held by a worker that renews its lock. */
  hasEntry(queue: string, taskId: string, delivery: number): Promise<boolean>;
  /** Removes ended entries older than `ageMs`; returns how many. */
  removeEnded(ageMs: number): Promise<number>;
  /** The entries of the queue, counted by state. */
  counts(queue: string): Promise<Readonly<Record<string, number>>>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

const CLEANED_AT_ONCE = 1_000;
const COMMAND_TIMEOUT_MS = 5_000;

/** A queue entry's id in Redis: each delivery of a task has its own. */
export const entryId = ({ taskId, delivery }: Pick<TaskPayload, "taskId" | "delivery">): string =>
  `${taskId}-${delivery}`;

/**
 * Opens the producer's side on a Redis that answers. `onError` gets the errors of connections that
 * are lost later and come back by themselves.
 */
export async function openQueues(
  address: RedisAddress,
  { prefix }: QueueSettings,
  onError: (error: Error) => void,
): Promise<Queues> {
  // First: a queue that is made without a connection would never work.
  const redis = await connectProducer(address, "winnow-producer", onError);
  const queues = new Map(
    [...QUEUES.keys()].map((name) => {
      const queue = new Queue(name, {
        connection: redis,
        prefix,
        skipWaitingForReady: true,
        streams: { events: { maxLen: 1000 } },
        defaultJobOptions: {
          attempts: 1,
          removeOnComplete: KEPT_ENTRIES,
          removeOnFail: KEPT_ENTRIES,
        },
      });
      queue.on("error", onError);
      return [name, queue];
    }),
  );
  const queueNamed = (name: string) => {
    const queue = queues.get(name);
    if (!queue) throw new Error(`no queue is named ${name}`);
    return queue;
  };
  return {
    async add(entries) {
      for (const name of new Set(entries.map((entry) => entry.queue))) {
        await queueNamed(name).addBulk(
          entries
            .filter((entry) => entry.queue === name)
            .map(({ payload }) => ({
              name,
              data: checked(payload),
              opts: { jobId: entryId(payload) },
            })),
        );
      }
    },
    async hasEntry(name, taskId, delivery) {
      const queue = queueNamed(name);
      const id = entryId({ taskId, delivery });
      const state = await queue.getJobState(id);
      // Without a lock its worker died before it claimed the task. Only another worker of this queue
      // would notice, and there may be none.
      if (state === "active") return (await redis.exists(queue.toKey(`${id}:lock`))) === 1;
      return state !== "unknown" && state !== "completed" && state !== "failed";
    },
    async removeEnded(ageMs) {
      let removed = 0;
      for (const queue of queues.values()) {
        for (const state of ["completed", "failed"] as const) {
          removed += (await queue.clean(ageMs, CLEANED_AT_ONCE, state)).length;
        }
      }
      return removed;
    },
    counts: (name) => queueNamed(name).getJobCounts("wait", "active", "delayed", "failed"),
    async ping() {
      await redis.ping();
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}

/** A connection whose commands fail soon if Redis does not answer; resolves once it has answered. */
export async function connectProducer(
  address: RedisAddress,
  connectionName: string,
  onError: (error: Error) => void,
): Promise<ReturnType<RedisAddress["connect"]>> {
  const redis = address.connect({
    connectionName,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    lazyConnect: true,
  });
  redis.on("error", onError);
  await redis.connect();
  return redis;
}

/** Payloads hold ids and small settings only; larger data belongs in Postgres. */
function checked(payload: TaskPayload): TaskPayload {
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw new Error(`a payload of ${bytes} bytes exceeds ${MAX_PAYLOAD_BYTES}`);
  }
  return payload;
}
