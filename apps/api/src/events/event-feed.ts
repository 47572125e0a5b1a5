import type { JobEvent } from "@winnow/contracts";
import { readNewEvents, type Store } from "@winnow/store";

/** Events of one job that are read at a time. */
const ROWS_PER_JOB = 200;

/** Events that wait for one reader; a slower one reads on from Postgres. */
const MAX_WAITING = 2 * ROWS_PER_JOB;

interface Watched {
  /** The last event's id that was handed to the readers. */
  after: string;
  readonly readers: Set<Reader>;
}

/**
 * Hands new events to all who watch a job. However many they are, one statement at a time reads the
 * events of all watched jobs, and none while nobody watches.
 */
export class EventFeed {
  readonly #watched = new Map<string, Watched>();
  #next: NodeJS.Timeout | null = null;
  #reading = false;

  constructor(
    private readonly store: Store,
    private readonly options: { pollMs: number; onError: (error: unknown) => void },
  ) {}

  /** Watches a job for events after an id; earlier ones may come too. Close the reader. */
  watch(jobId: string, after: string): Reader {
    const watched = this.#watched.get(jobId) ?? { after, readers: new Set() };
    const reader = new Reader((self) => this.#leave(jobId, watched, self));
    if (BigInt(after) < BigInt(watched.after)) watched.after = after;
    watched.readers.add(reader);
    this.#watched.set(jobId, watched);
    this.#schedule(this.options.pollMs);
    return reader;
  }

  /** How many watch. */
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
    let delayMs = this.options.pollMs;
    try {
      if (await this.#handOut()) delayMs = 0;
    } catch (error) {
      this.options.onError(error);
    } finally {
      this.#reading = false;
      this.#schedule(delayMs);
    }
  }

  /** Returns whether a job may have more events than were read. */
  async #handOut(): Promise<boolean> {
    const jobs = [...this.#watched].map(([jobId, watched]) => ({
      jobId,
      watched,
      after: watched.after,
    }));
    const byJob = await readNewEvents(this.store, jobs, ROWS_PER_JOB);
    for (const { jobId, watched, after } of jobs) {
      const events = byJob.get(jobId) ?? [];
      // Somebody came meanwhile who is not so far yet: all is read again from there.
      if (watched.after !== after) continue;
      watched.after = events.at(-1)?.id ?? after;
      for (const reader of watched.readers) reader.add(events);
    }
    return [...byJob.values()].some((events) => events.length === ROWS_PER_JOB);
  }
}

/** One who watches a job. Holds a bounded number of events. */
export class Reader {
  #waiting: JobEvent[] = [];
  #behind = false;
  #wake: (() => void) | null = null;

  constructor(private readonly onClose: (self: Reader) => void) {}

  add(events: readonly JobEvent[]): void {
    if (events.length === 0 || this.#behind) return;
    if (this.#waiting.length + events.length > MAX_WAITING) {
      this.#behind = true;
      this.#waiting = [];
    } else {
      this.#waiting.push(...events);
    }
    this.#wake?.();
  }

  /** Waits until there is something to take, `ms` are over, or the signal is aborted. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#behind || this.#waiting.length > 0 || signal.aborted) return;
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

  /** What came since the last time. `behind`: events were left out, read them from the database. */
  take(): { events: JobEvent[]; behind: boolean } {
    const taken = { events: this.#waiting, behind: this.#behind };
    this.#waiting = [];
    this.#behind = false;
    return taken;
  }

  close(): void {
    this.onClose(this);
  }
}
