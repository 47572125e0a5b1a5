/** Where a flag stands in a queue: what it is sorted by, and its rank. */
export type Place = readonly [sortedBy: number, rank: number];

interface Beginning {
  readonly undone: number;
  /** Of the first pending flag; null: none is. */
  readonly place: Place | null;
  /** When the whole queue was searched last. */
  readonly searchedAt: number;
}

/** Queues whose beginnings are known at a time. */
const MOST_QUEUES = 1_000;
/** A server that took over from another one may lack its last reviews, and nobody says so. */
const VALID_MS = 60_000;

/**
 * Where queues of pending flags begin, so that a page of one from which many were decided does not look
 * at all of these again. Reviews only move such a beginning on; an undo may move it back, so it counts
 * as long as the dataset's last undo is the one before which it was found.
 */
export class FirstPending {
  readonly #beginnings = new Map<string, Beginning>();

  /** No flag before this place is pending, null: none at all; undefined where nothing is known. */
  get(queue: string, undone: number, now = performance.now()): Place | null | undefined {
    return this.#valid(queue, undone, now)?.place;
  }

  /** `undone` was read before the page that begins at the place, or that is empty. */
  set(queue: string, undone: number, place: Place | null, now = performance.now()): void {
    const searchedAt = this.#valid(queue, undone, now)?.searchedAt ?? now;
    this.#beginnings.delete(queue);
    this.#beginnings.set(queue, { undone, place, searchedAt });
    if (this.#beginnings.size > MOST_QUEUES) {
      this.#beginnings.delete(this.#beginnings.keys().next().value as string);
    }
  }

  #valid(queue: string, undone: number, now: number): Beginning | undefined {
    const known = this.#beginnings.get(queue);
    return known?.undone === undone && now - known.searchedAt < VALID_MS ? known : undefined;
  }
}
