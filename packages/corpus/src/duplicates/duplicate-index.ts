import type { TextHash } from "./text-hash.js";

/** What `add` reports: a new text, one seen with the same label, or one seen with another label. */
export type Seen = "new" | "repeat" | "first-conflict" | "further-conflict";

const CONFLICT_BIT = 1 << 30;
const LABEL_MASK = CONFLICT_BIT - 1;

/**
 * Remembers texts by their 64-bit hashes with the label each was first seen with: an
 * open-addressing table with linear probing, 12 bytes an entry, at most 3/4 full, so about 50 MB
 * for 3 million texts.
 */
export class DuplicateIndex {
  /** Distinct texts so far. */
  distinct = 0;
  /** Texts with more than one label. */
  conflicting = 0;
  #capacity = 1 << 14;
  #highs = new Uint32Array(this.#capacity);
  #lows = new Uint32Array(this.#capacity);
  /** 0 = free; else label + 1, with `conflictBit` once another label was seen. */
  #labels = new Int32Array(this.#capacity);

  /** Adds a text by its hash. `label` is a small non-negative integer. */
  add(hash: TextHash, label: number): Seen {
    const slot = this.#find(hash.high, hash.low);
    const held = this.#labels[slot]!;
    if (held === 0) {
      this.#highs[slot] = hash.high;
      this.#lows[slot] = hash.low;
      this.#labels[slot] = label + 1;
      this.distinct += 1;
      if (this.distinct * 4 > this.#capacity * 3) this.#grow();
      return "new";
    }
    if ((held & LABEL_MASK) === label + 1) return "repeat";
    if ((held & CONFLICT_BIT) !== 0) return "further-conflict";
    this.#labels[slot] = held | CONFLICT_BIT;
    this.conflicting += 1;
    return "first-conflict";
  }

  /** The label a text was first seen with, or -1. */
  firstLabel(hash: TextHash): number {
    return (this.#labels[this.#find(hash.high, hash.low)]! & LABEL_MASK) - 1;
  }

  #find(high: number, low: number): number {
    const mask = this.#capacity - 1;
    let slot = low & mask;
    while (this.#labels[slot] !== 0 && (this.#lows[slot] !== low || this.#highs[slot] !== high)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const highs = this.#highs;
    const lows = this.#lows;
    const labels = this.#labels;
    this.#capacity *= 2;
    this.#highs = new Uint32Array(this.#capacity);
    this.#lows = new Uint32Array(this.#capacity);
    this.#labels = new Int32Array(this.#capacity);
    for (let i = 0; i < labels.length; i += 1) {
      if (labels[i] === 0) continue;
      const slot = this.#find(highs[i]!, lows[i]!);
      this.#highs[slot] = highs[i]!;
      this.#lows[slot] = lows[i]!;
      this.#labels[slot] = labels[i]!;
    }
  }
}
