import type { Store, Transaction } from "@winnow/store";

/** The right to write an upload's file. */
export interface UploadLock {
  /** Aborted when the right is lost with the connection that held it. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * One writer per upload among all processes on the database: advisory locks, held while a body
 * comes in. All locks of a process share one connection, which goes back with the last of them; a
 * process that dies loses the connection, and with it its locks, at once.
 */
export class UploadLocks {
  readonly #held = new Map<string, AbortController>();
  #session: Transaction | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly store: Pick<Store, "pool">) {}

  /** Null while somebody else holds the upload. */
  take(id: string): Promise<UploadLock | null> {
    return this.#inTurn(async () => {
      if (this.#held.has(id)) return null;
      const got = await this.#ask("pg_try_advisory_lock", id);
      if (!got) {
        this.#giveBackUnused();
        return null;
      }
      const lost = new AbortController();
      this.#held.set(id, lost);
      return { lost: lost.signal, release: () => this.#release(id, lost) };
    });
  }

  #release(id: string, lost: AbortController): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#held.get(id) !== lost) return;
      this.#held.delete(id);
      // Without its connection the lock is gone anyway.
      await this.#ask("pg_advisory_unlock", id).catch(() => {});
      this.#giveBackUnused();
    });
  }

  /** Everything that touches the connection happens one after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  async #ask(call: "pg_try_advisory_lock" | "pg_advisory_unlock", id: string): Promise<boolean> {
    if (!this.#session) {
      this.#session = await this.store.pool.connect();
      this.#session.on("error", this.#onBroken);
    }
    try {
      // 2: apart from the locks of the idempotency keys, which bear 1.
      const { rows } = await this.#session.query<{ done: boolean }>(
        `SELECT ${call}(hashtextextended($1, 2)) AS done`,
        [id],
      );
      return rows[0]?.done === true;
    } catch (error) {
      this.#onBroken(error as Error);
      throw error;
    }
  }

  #giveBackUnused(): void {
    if (this.#held.size === 0) this.#closeSession();
  }

  readonly #onBroken = (error: Error): void => {
    for (const lost of this.#held.values()) lost.abort(error);
    this.#held.clear();
    this.#closeSession(error);
  };

  #closeSession(error?: Error): void {
    this.#session?.off("error", this.#onBroken);
    this.#session?.release(error);
    this.#session = null;
  }
}
