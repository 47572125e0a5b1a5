import type { Probabilities } from "../input/source.js";

/** Sums of probabilities are kept up to this many classes: 8 MiB. */
const MOST_SUMMED_CLASSES = 1024;

/** What the rows say about which column belongs to which class. */
export interface ClassVotes {
  readonly k: number;
  /** (n): the given label and the column with the row's largest probability; -1 without one. */
  readonly labels: Int32Array;
  readonly columns: Int32Array;
  /** (k, k), sums of the probabilities: row = given label, column. Absent for many classes. */
  readonly sums: Float64Array | undefined;
}

/**
 * Collects votes block by block, 8 bytes a row besides the sums; the probabilities must be finite. A row whose largest probability
 * stands in two columns does not vote, nor does one whose label is none of the `k` classes.
 */
export class VoteCollector {
  readonly #k: number;
  readonly #labels: Int32Array;
  readonly #columns: Int32Array;
  readonly #sums: Float64Array | undefined;
  #rows = 0;

  constructor(n: number, k: number) {
    this.#k = k;
    this.#labels = new Int32Array(n);
    this.#columns = new Int32Array(n);
    if (k <= MOST_SUMMED_CLASSES) this.#sums = new Float64Array(k * k);
  }

  /** The next rows: `labels` (rows), `probs` (rows, k). */
  add(labels: Int32Array, probs: Probabilities): void {
    const k = this.#k;
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row]!;
      const known = label >= 0 && label < k;
      this.#labels[this.#rows] = label;
      this.#columns[this.#rows++] = known ? this.#vote(label, probs, row * k) : -1;
    }
  }

  votes(): ClassVotes {
    return {
      k: this.#k,
      labels: this.#labels.subarray(0, this.#rows),
      columns: this.#columns.subarray(0, this.#rows),
      sums: this.#sums,
    };
  }

  /** The column of the only largest probability, else -1. */
  #vote(label: number, probs: Probabilities, at: number): number {
    const sums = this.#sums;
    let max = Number.NEGATIVE_INFINITY;
    let column = -1;
    for (let j = 0; j < this.#k; j++) {
      const p = probs[at + j]!;
      if (p > max) {
        max = p;
        column = j;
      } else if (p === max) column = -1;
      if (sums) sums[label * this.#k + j]! += p;
    }
    return column;
  }
}
