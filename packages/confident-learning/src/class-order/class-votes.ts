import type { Probabilities } from "../input/source.js";
import { MOST_CLASSES, Moments } from "./moments.js";

/** What the rows say about which column belongs to which class. */
export interface ClassVotes {
  readonly k: number;
  /** (n): the given label and the column with the row's largest probability; -1 without one. */
  readonly labels: Int32Array;
  readonly columns: Int32Array;
  /** Of the probabilities; absent for many classes. */
  readonly moments: Moments | undefined;
}

/**
 * Collects votes block by block, 8 bytes a row besides the moments; the probabilities must be finite.
 * A row whose largest probability stands in two columns does not vote, nor does one whose label is none
 * of the `k` classes.
 */
export class VoteCollector {
  readonly #k: number;
  readonly #labels: Int32Array;
  readonly #columns: Int32Array;
  readonly #moments: Moments | undefined;
  #rows = 0;

  constructor(n: number, k: number) {
    this.#k = k;
    this.#labels = new Int32Array(n);
    this.#columns = new Int32Array(n);
    if (k <= MOST_CLASSES) this.#moments = new Moments(k);
  }

  /** The next rows: `labels` (rows), `probs` (rows, k). */
  add(labels: Int32Array, probs: Probabilities): void {
    const k = this.#k;
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row]!;
      const isKnown = label >= 0 && label < k;
      if (isKnown) this.#moments?.add(label, probs, row * k);
      this.#labels[this.#rows] = label;
      this.#columns[this.#rows++] = isKnown ? largest(probs, row * k, k) : -1;
    }
  }

  votes(): ClassVotes {
    return {
      k: this.#k,
      labels: this.#labels.subarray(0, this.#rows),
      columns: this.#columns.subarray(0, this.#rows),
      moments: this.#moments,
    };
  }
}

/** The column of the only largest probability, else -1. */
function largest(probs: Probabilities, at: number, k: number): number {
  let max = Number.NEGATIVE_INFINITY;
  let column = -1;
  for (let j = 0; j < k; j++) {
    const p = probs[at + j]!;
    if (p > max) {
      max = p;
      column = j;
    } else if (p === max) column = -1;
  }
  return column;
}
