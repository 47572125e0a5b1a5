// Redis only delivers: an entry names a task, and Postgres decides whether there is work to do.
// Entries may be delivered twice or get lost; BullMQ's own retries are off.

/** Where the queues are. */
export interface QueueSettings {
  /** Of the keys, with the database's name in it. */
  readonly prefix: string;
}

/** Where and since when an entry waited. */
export interface QueuePlace {
  readonly queue: string;
  /** In milliseconds since 1970. */
  readonly queuedAt: number;
}

/** At most this many ended entries of a queue are kept; the retention removes them by age. */
export const KEPT_ENTRIES = { count: 1000 };
