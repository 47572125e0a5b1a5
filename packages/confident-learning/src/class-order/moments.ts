import type { Probabilities } from "../input/source.js";

/** Moments are kept up to this many classes: 16 MiB. */
export const MOST_CLASSES = 1024;

/** Sums of the probabilities of each column over the rows of each given label. */
export class Moments {
  readonly k: number;
  /** (k, k): row = given label, column. */
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  /** (k): rows of each given label; the mean of each column, once asked for. */
  readonly #rows: Float64Array;
  #means: Float64Array | undefined;

  constructor(k: number) {
    this.k = k;
    this.#sums = new Float64Array(k * k);
    this.#squares = new Float64Array(k * k);
    this.#rows = new Float64Array(k);
  }

  /** The row that begins at `probs[at]`. */
  add(label: number, probs: Probabilities, at: number): void {
    const [sums, squares, first] = [this.#sums, this.#squares, label * this.k];
    this.#rows[label]! += 1;
    for (let j = 0; j < this.k; j++) {
      const p = probs[at + j]!;
      sums[first + j]! += p;
      squares[first + j]! += p * p;
    }
  }

  /** What the rows of a label have in a column beyond what all rows have there on average. */
  excess(label: number, column: number): number {
    return this.#sums[label * this.k + column]! - this.#rows[label]! * this.#mean(column);
  }

  /** The sum of squared distances of these numbers from the column's mean. */
  spread(label: number, column: number): number {
    const [cell, mean] = [label * this.k + column, this.#mean(column)];
    const squared = this.#squares[cell]! - 2 * mean * this.#sums[cell]!;
    return Math.max(0, squared + this.#rows[label]! * mean * mean);
  }

  #mean(column: number): number {
    this.#means ??= this.#meansOfColumns();
    return this.#means[column]!;
  }

  #meansOfColumns(): Float64Array {
    const means = new Float64Array(this.k);
    for (let at = 0; at < this.#sums.length; at++) means[at % this.k]! += this.#sums[at]!;
    const rows = this.#rows.reduce((sum, count) => sum + count, 0);
    return means.map((sum) => sum / Math.max(1, rows));
  }
}
