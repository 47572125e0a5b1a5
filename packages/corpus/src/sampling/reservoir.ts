import { below, type RandomGenerator, randomFor } from "./random.js";

/**
 * Draws at most `perGroup` items of each group in one pass, each item of a group with the same
 * probability. The same items in the same order with the same seed give the same draw. Only drawn
 * items are held in memory.
 */
export class Reservoir<T> {
  readonly #random: RandomGenerator;
  readonly #drawn: T[][] = [];
  readonly #counts: number[] = [];

  readonly #perGroup: number;

  constructor(perGroup: number, seed: number) {
    this.#perGroup = perGroup;
    this.#random = randomFor("sampling", seed);
  }

  /** Offers the next item of a group (an index from 0); `make` is called only if it is drawn. */
  offer(group: number, make: () => T): void {
    while (this.#drawn.length <= group) {
      this.#drawn.push([]);
      this.#counts.push(0);
    }
    const seen = this.#counts[group]! + 1;
    this.#counts[group] = seen;
    const items = this.#drawn[group]!;
    if (items.length < this.#perGroup) {
      items.push(make());
      return;
    }
    const slot = below(this.#random, seen);
    if (slot < this.#perGroup) items[slot] = make();
  }

  /** Everything drawn, group by group. */
  items(): T[] {
    return this.#drawn.flat();
  }

  /** How many items each group was offered. */
  offered(): readonly number[] {
    return this.#counts;
  }
}
