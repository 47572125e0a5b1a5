// Redis only delivers: an entry names a task, and Postgres decides whether there is something to
// do. Entries may come twice or get lost; BullMQ's own retries are off.

/** Where the queues are. */
export interface QueueSettings {
  readonly redisUrl: string;
  readonly queuePrefix: string;
}

/** How many ended entries of a queue are kept at most; the retention removes them by age. */
export const KEPT_ENTRIES = { count: 1000 };
