import type { JobEvent } from "@winnow/contracts";
import { readNewEvents, type Store } from "@winnow/store";

/** Rows of one job per query. */
const ROWS_PER_JOB = 200;

/** Events buffered for one reader; a slower reader continues from Postgres. */
const MAX_BUFFERED = 2 * ROWS_PER_JOB;

interface Watched {
  /** The id of the last event that the readers have. */
  after: string;
  readonly readers: Set<Reader>;
}

/**
 * Delivers new events to the readers of each job. However many readers there are, one query at a time
 * reads the events of all watched jobs; without readers there are no queries.
 */
export class EventFeed {
  readonly #watched = new Map<string, Watched>();
  #next: NodeJS.Timeout | null = null;
  #reading = false;

  readonly #store: Store;
  readonly #options: { pollMs: number; onError: (error: unknown) => void };

  constructor(store: Store, options: { pollMs: number; onError: (error: unknown) => void }) {
    this.#store = store;
    this.#options = options;
  }

  /** Watches a job for events after an id; earlier ones can come too. The caller closes the reader. */
  watch(jobId: string, after: string): Reader {
    const watched = this.#watched.get(jobId) ?? { after, readers: new Set() };
    const reader = new Reader((self) => this.#leave(jobId, watched, self));
    if (BigInt(after) < BigInt(watched.after)) watched.after = after;
    watched.readers.add(reader);
    this.#watched.set(jobId, watched);
    this.#schedule(this.#options.pollMs);
    return reader;
  }

  /** The number of open readers. */
  get readers(): number {
    return [...this.#watched.values()].reduce((sum, { readers }) => sum + readers.size, 0);
  }

  #leave(jobId: string, watched: Watched, reader: Reader): void {
    watched.readers.delete(reader);
    if (watched.readers.size === 0) this.#watched.delete(jobId);
    if (this.#watched.size > 0 || !this.#next) return;
    clearTimeout(this.#next);
    this.#next = null;
  }

  #schedule(delayMs: number): void {
    if (this.#next || this.#reading || this.#watched.size === 0) return;
    this.#next = setTimeout(() => {
      this.#next = null;
      void this.#read();
    }, delayMs);
  }

  async #read(): Promise<void> {
    this.#reading = true;
    let delayMs = this.#options.pollMs;
    try {
      if (await this.#deliver()) delayMs = 0;
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#reading = false;
      this.#schedule(delayMs);
    }
  }

  /** Returns whether a job can have more events than were read. */
  async #deliver(): Promise<boolean> {
    const jobs = [...this.#watched].map(([jobId, watched]) => ({
      jobId,
      watched,
      after: watched.after,
    }));
    const byJob = await readNewEvents(this.#store, jobs, ROWS_PER_JOB);
    for (const { jobId, watched, after } of jobs) {
      const events = byJob.get(jobId) ?? [];
      // Meanwhile a reader joined at an earlier event: the next query starts there.
      if (watched.after !== after) continue;
      watched.after = events.at(-1)?.id ?? after;
      for (const reader of watched.readers) reader.add(events);
    }
    return [...byJob.values()].some((events) => events.length === ROWS_PER_JOB);
  }
}

/** Buffers the events of a job for one client, up to a limit. */
export class Reader {
  #buffer: JobEvent[] = [];
  #isBehind = false;
  #wake: (() => void) | null = null;

  readonly #onClose: (self: Reader) => void;

  constructor(onClose: (self: Reader) => void) {
    this.#onClose = onClose;
  }

  add(events: readonly JobEvent[]): void {
    if (events.length === 0 || this.#isBehind) return;
    if (this.#buffer.length + events.length > MAX_BUFFERED) {
      this.#isBehind = true;
      this.#buffer = [];
    } else {
      this.#buffer.push(...events);
    }
    this.#wake?.();
  }

  /** Waits until events can be taken, `ms` have passed, or the signal is aborted. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isBehind || this.#buffer.length > 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal.addEventListener("abort", wake);
      this.#wake = wake;
    });
  }

  /** The new events. `behind`: some did not fit the buffer; read them from the database. */
  take(): { events: JobEvent[]; behind: boolean } {
    const taken = { events: this.#buffer, behind: this.#isBehind };
    this.#buffer = [];
    this.#isBehind = false;
    return taken;
  }

  close(): void {
    this.#onClose(this);
  }
}
