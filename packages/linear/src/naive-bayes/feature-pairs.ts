import type { StoredOwnCounts } from "./own-counts.js";
import { isNearlyDense, type Real } from "./pair-table.js";

const SHORT_LIST = 16;
const CODES_OF_16_BITS = 1 << 16;

/** A class and a fold in one number, of as many bits as both take. */
export type Codes = Uint16Array | Uint32Array;

/**
 * The pairs of one feature after the other: the classes of its occurrences and what they weigh, of all
 * rows and of each fold's. Occurrences of a fold follow each other.
 */
export class FeaturePairs {
  /** The classes of the feature that was read last, ascending, from the start on. */
  readonly classes: Uint16Array;
  /** By class: what that feature weighs in its rows. */
  readonly sums: Float64Array;
  readonly #k: number;
  readonly #foldBits: number;
  readonly #hasClass: Uint8Array;
  /** By class: its pair. */
  readonly #pairs: Uint32Array;
  /** Of the fold that is being read: its classes, and by class whether it has it and what it weighs. */
  readonly #ownClasses: Uint16Array;
  readonly #hasOwn: Uint8Array;
  readonly #ownSums: Float64Array;
  readonly #own: StoredOwnCounts;

  constructor(k: number, folds: number, own: StoredOwnCounts) {
    this.#k = k;
    this.#foldBits = 32 - Math.clz32(Math.max(0, folds - 1));
    this.#own = own;
    this.classes = new Uint16Array(k);
    this.sums = new Float64Array(k);
    this.#hasClass = new Uint8Array(k);
    this.#pairs = new Uint32Array(k);
    this.#ownClasses = new Uint16Array(k);
    this.#hasOwn = new Uint8Array(k);
    this.#ownSums = new Float64Array(k);
  }

  /** Room for so many codes. */
  codes(length: number): Codes {
    const isShort = this.#k << this.#foldBits <= CODES_OF_16_BITS;
    return isShort ? new Uint16Array(length) : new Uint32Array(length);
  }

  codeOf(klass: number, fold: number): number {
    return (klass << this.#foldBits) | fold;
  }

  /**
   * Reads a feature's occurrences, at `from` to `end`; its pairs stand at `first` and after. Returns
   * their number.
   */
  read(codes: Codes, weights: Real, from: number, end: number, first: number): number {
    const bits = this.#foldBits;
    const { classes, sums } = this;
    const hasClass = this.#hasClass;
    let found = 0;
    for (let at = from; at < end; at++) {
      const klass = codes[at]! >>> bits;
      if (hasClass[klass] === 0) {
        hasClass[klass] = 1;
        sums[klass] = 0;
        classes[found++] = klass;
      }
      sums[klass]! += weights[at]!;
    }
    found = this.#order(found, end - from);
    for (let i = 0; i < found; i++) {
      hasClass[classes[i]!] = 0;
      this.#pairs[classes[i]!] = first + i;
    }
    this.#readFolds(codes, weights, from, end);
    return found;
  }

  /** Sorts the feature's classes, or adds the missing ones where it has most; returns their number. */
  #order(found: number, occurrences: number): number {
    const { classes, sums } = this;
    const k = this.#k;
    if (isNearlyDense(found, k, occurrences)) {
      // One after the other, classes need not be read.
      for (let c = 0; c < k; c++) {
        if (this.#hasClass[c] === 0) sums[c] = 0;
        classes[c] = c;
      }
      return k;
    }
    sortClasses(classes, found);
    return found;
  }

  #readFolds(codes: Codes, weights: Real, from: number, end: number): void {
    const bits = this.#foldBits;
    const mask = (1 << bits) - 1;
    const hasOwn = this.#hasOwn;
    const ownSums = this.#ownSums;
    const ownClasses = this.#ownClasses;
    for (let at = from; at < end; ) {
      const fold = codes[at]! & mask;
      let found = 0;
      for (; at < end && (codes[at]! & mask) === fold; at++) {
        const klass = codes[at]! >>> bits;
        if (hasOwn[klass] === 0) {
          hasOwn[klass] = 1;
          ownSums[klass] = 0;
          ownClasses[found++] = klass;
        }
        ownSums[klass]! += weights[at]!;
      }
      for (let i = 0; i < found; i++) {
        const klass = ownClasses[i]!;
        hasOwn[klass] = 0;
        this.#own.add(fold, this.#pairs[klass]!, ownSums[klass]!);
      }
    }
  }
}

function sortClasses(classes: Uint16Array, count: number): void {
  if (count > SHORT_LIST) {
    classes.subarray(0, count).sort();
    return;
  }
  for (let i = 1; i < count; i++) {
    const klass = classes[i]!;
    let j = i;
    for (; j > 0 && classes[j - 1]! > klass; j--) classes[j] = classes[j - 1]!;
    classes[j] = klass;
  }
}
