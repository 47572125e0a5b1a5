import type { Scratch } from "../ngrams/row-store.js";
import type { HeldOutBlock, HeldOutSource } from "./source.js";

const BLOCK = 1024;
/** Rows of each fold that are read at once. */
const FOLD_ROWS = 256;

/**
 * Probabilities (n, k) that are written fold by fold, as the model gives them, and read in the order
 * of rows: on disk, because they can be far larger than memory.
 */
export class ProbabilityStore {
  readonly #k: number;
  readonly #scratch: Scratch;
  readonly #folds: ArrayLike<number>;
  readonly #labels: Int32Array;
  /** Where the rows of each fold start. */
  readonly #starts: number[];
  readonly #out: Float32Array;
  #waiting = 0;

  constructor(labels: Int32Array, folds: Uint8Array, k: number, scratch: Scratch) {
    this.#labels = labels;
    this.#folds = folds;
    this.#k = k;
    this.#scratch = scratch;
    const sizes: number[] = [];
    for (const fold of folds) sizes[fold] = (sizes[fold] ?? 0) + 1;
    this.#starts = [0];
    for (const size of sizes) this.#starts.push(this.#starts.at(-1)! + size);
    this.#out = new Float32Array(FOLD_ROWS * k);
  }

  /** Appends the next row of the fold. */
  write(row: Float64Array): void {
    this.#out.set(row, this.#waiting * this.#k);
    this.#waiting += 1;
    if (this.#waiting === FOLD_ROWS) this.flush();
  }

  flush(): void {
    const bytes = 4 * this.#waiting * this.#k;
    if (bytes > 0) this.#scratch.append(new Uint8Array(this.#out.buffer, 0, bytes));
    this.#waiting = 0;
  }

  /** The rows in their order. */
  source(): HeldOutSource {
    const n = this.#labels.length;
    return { n, k: this.#k, dtype: "float32", blocks: () => this.#blocks() };
  }

  *#blocks(): Iterable<HeldOutBlock> {
    const n = this.#labels.length;
    const k = this.#k;
    const cursors = this.#starts
      .slice(0, -1)
      .map((start, fold) => new Cursor(this.#scratch, k, start, this.#starts[fold + 1]!));
    const probs = new Float32Array(BLOCK * k);
    for (let start = 0; start < n; start += BLOCK) {
      const rows = Math.min(BLOCK, n - start);
      for (let i = 0; i < rows; i++) cursors[this.#folds[start + i]!]!.next(probs, i * k);
      yield {
        start,
        rows,
        labels: this.#labels.subarray(start, start + rows),
        probs: probs.subarray(0, rows * k),
      };
    }
  }
}

/** Reads one fold's rows one after another. */
class Cursor {
  readonly #rows: Float32Array;
  #at = 0;
  #have = 0;
  #nextRow: number;

  constructor(
    readonly scratch: Scratch,
    readonly k: number,
    start: number,
    readonly end: number,
  ) {
    this.#nextRow = start;
    this.#rows = new Float32Array(FOLD_ROWS * k);
  }

  next(into: Float32Array, at: number): void {
    const { k } = this;
    if (this.#at === this.#have) {
      this.#have = Math.min(FOLD_ROWS, this.end - this.#nextRow);
      const bytes = new Uint8Array(this.#rows.buffer, 0, 4 * this.#have * k);
      this.scratch.read(4 * this.#nextRow * k, bytes);
      this.#nextRow += this.#have;
      this.#at = 0;
    }
    const from = this.#at++ * k;
    into.set(this.#rows.subarray(from, from + k), at);
  }
}
