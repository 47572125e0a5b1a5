import { tryLockSession, unlockSession } from "../database/advisory-locks.js";
import { type Store, sessionsOf, type Transaction } from "../database/client.js";

/** The right to write an upload's file. */
export interface UploadLock {
  /** Aborted when the right is lost with the connection that held it. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Allows one writer per upload among all processes on the database, by advisory locks that are held
 * while a body arrives. All locks of a process share one connection, which returns to the pool with
 * the last of them. A process that dies loses the connection, and with it its locks, at once.
 */
export class UploadLocks {
  readonly #store: Store;
  readonly #held = new Map<string, AbortController>();
  #session: Transaction | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Null while another request holds the upload. */
  take(id: string): Promise<UploadLock | null> {
    return this.#inTurn(async () => {
      if (this.#held.has(id)) return null;
      const got = await this.#ask((session) => tryLockSession(session, "upload", id));
      if (!got) {
        this.#returnUnused();
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
      await this.#ask((session) => unlockSession(session, "upload", id)).catch(() => {});
      this.#returnUnused();
    });
  }

  /** Everything that touches the connection happens one after the other. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  async #ask<T>(question: (session: Transaction) => Promise<T>): Promise<T> {
    if (!this.#session) {
      this.#session = await sessionsOf(this.#store).connect();
      this.#session.on("error", this.#onBroken);
    }
    try {
      return await question(this.#session);
    } catch (error) {
      this.#onBroken(error as Error);
      throw error;
    }
  }

  #returnUnused(): void {
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
