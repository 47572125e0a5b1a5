import { JOB_KINDS, JOBS, type JobKind, MAX_PAYLOAD_BYTES, TaskPayload } from "@winnow/contracts";
import type { OutboxEntry } from "@winnow/store";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

// Redis only delivers: an entry names a task, and Postgres decides whether there is something to
// do. Entries may come twice or get lost; BullMQ's own retries are off.

export interface QueueSettings {
  readonly redisUrl: string;
  readonly queuePrefix: string;
  readonly lockDurationMs: number;
  readonly stalledIntervalMs: number;
}

/** The producers' side of all queues. Every call fails fast when Redis does not answer. */
export interface Queues {
  /** Puts entries on their queues; one that lies there already is not added twice. */
  add(entries: readonly OutboxEntry[]): Promise<void>;
  /** Whether the task's entry waits or is held by a worker that renews its lock. */
  hasEntry(kind: JobKind, taskId: string, delivery: number): Promise<boolean>;
  /** Removes ended entries older than `ageMs`; returns how many. */
  removeEnded(ageMs: number): Promise<number>;
  /** How many entries of the kind's queue are in each state. */
  counts(kind: JobKind): Promise<Readonly<Record<string, number>>>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Ended entries of a queue; their age is the retention's. */
const KEPT_ENTRIES = { count: 1000 };
const CLEANED_AT_ONCE = 1_000;
const COMMAND_TIMEOUT_MS = 5_000;

/** A queue entry's id in Redis: the same delivery has the same. */
export const entryId = ({ taskId, delivery }: Pick<TaskPayload, "taskId" | "delivery">): string =>
  `${taskId}-${delivery}`;

/**
 * Opens the producers' side on a Redis that answers; `onError` hears of connections lost later,
 * which mend themselves.
 */
export async function openQueues(
  settings: Pick<QueueSettings, "redisUrl" | "queuePrefix">,
  onError: (error: Error) => void,
): Promise<Queues> {
  const redis = new Redis(settings.redisUrl, {
    connectionName: "winnow-producer",
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: COMMAND_TIMEOUT_MS,
    lazyConnect: true,
  });
  redis.on("error", onError);
  // First, since a queue made without a connection would fail for ever.
  await redis.connect();
  const queues = new Map(
    JOB_KINDS.map((kind) => {
      const { queue: name } = JOBS[kind];
      const queue = new Queue(name, {
        connection: redis,
        prefix: settings.queuePrefix,
        skipWaitingForReady: true,
        streams: { events: { maxLen: 1000 } },
        defaultJobOptions: {
          attempts: 1,
          removeOnComplete: KEPT_ENTRIES,
          removeOnFail: KEPT_ENTRIES,
        },
      });
      queue.on("error", onError);
      return [name as string, queue];
    }),
  );
  const queueNamed = (name: string) => {
    const queue = queues.get(name);
    if (!queue) throw new Error(`there is no queue ${name}`);
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
    async hasEntry(kind, taskId, delivery) {
      const queue = queueNamed(JOBS[kind].queue);
      const id = entryId({ taskId, delivery });
      const state = await queue.getJobState(id);
      // Taken by a worker that died before it claimed the task: only another worker of this queue
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
    counts: (kind) =>
      queueNamed(JOBS[kind].queue).getJobCounts("wait", "active", "delayed", "failed"),
    async ping() {
      await redis.ping();
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      redis.disconnect();
    },
  };
}

/** Ids and small settings only: what is larger belongs in Postgres. */
function checked(payload: TaskPayload): TaskPayload {
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (bytes > MAX_PAYLOAD_BYTES) {
    throw new Error(`a payload of ${bytes} bytes exceeds ${MAX_PAYLOAD_BYTES}`);
  }
  return payload;
}

/** Takes a kind's deliveries off its queue, `concurrency` at once, until it is closed. */
export interface Consumer {
  /** Takes no more until it is resumed; deliveries under way go on. */
  pause(): Promise<void>;
  resume(): void;
  /** Takes no more, and resolves when the deliveries under way have ended. */
  close(): Promise<void>;
}

/**
 * Opens a consumer. BullMQ renews the entries' locks while `deliver` runs. A lock that is lost
 * does not end the work: the entry comes again, the claim in Postgres is held, and the second
 * delivery finds nothing to do.
 */
export function openConsumer(
  kind: JobKind,
  settings: QueueSettings & { concurrency: number },
  deliver: (payload: TaskPayload) => Promise<void>,
  onError: (error: Error) => void,
): Consumer {
  // Null as BullMQ asks: a consumer waits for Redis as long as it takes.
  const redis = new Redis(settings.redisUrl, {
    connectionName: "winnow-consumer",
    maxRetriesPerRequest: null,
  });
  redis.on("error", onError);
  const worker = new Worker(
    JOBS[kind].queue,
    async (entry) => deliver(TaskPayload.parse(entry.data)),
    {
      connection: redis,
      prefix: settings.queuePrefix,
      concurrency: settings.concurrency,
      lockDuration: settings.lockDurationMs,
      stalledInterval: settings.stalledIntervalMs,
      maxStalledCount: 10,
      removeOnComplete: KEPT_ENTRIES,
      removeOnFail: KEPT_ENTRIES,
    },
  );
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

/**
 * Waits until Redis answers, for `waitMs` at most. Throws also where Redis may evict keys: entries
 * would vanish under memory pressure, and BullMQ itself only warns.
 */
export async function checkRedis(redisUrl: string, waitMs: number): Promise<void> {
  const redis = new Redis(redisUrl, {
    connectionName: "winnow-check",
    maxRetriesPerRequest: null,
    retryStrategy: () => 500,
  });
  let lastError: Error | undefined;
  redis.on("error", (error: Error) => {
    lastError = error;
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Redis does not answer: ${lastError?.message ?? "no reply"}`));
    }, waitMs);
  });
  try {
    // Not CONFIG GET, which managed services refuse.
    const info = await Promise.race([redis.info("memory"), late]);
    const policy = /^maxmemory_policy:(.*)$/m.exec(info)?.[1]?.trim();
    if (policy !== undefined && policy !== "noeviction") {
      throw new Error(
        `Redis has maxmemory-policy ${policy} and may drop queue entries; set it to noeviction.`,
      );
    }
  } finally {
    clearTimeout(timer);
    redis.disconnect();
  }
}
