/**
 * Sums of rows by class, from which a row can be left out again: how near a row is to the other rows of a
 * class, by the cosine with their sum.
 */
export class ClassSums {
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;

  constructor(
    readonly k: number,
    readonly width: number,
  ) {
    this.#sums = new Float64Array(k * width);
    this.#squares = new Float64Array(k);
  }

  /** Adds to a column of a class. */
  add(c: number, column: number, value: number): void {
    this.#sums[c * this.width + column]! += value;
  }

  /** To be called once all rows are in. */
  close(): void {
    const { k, width } = this;
    for (let c = 0; c < k; c++) {
      let squares = 0;
      for (let at = c * width; at < (c + 1) * width; at++) squares += this.#sums[at]! ** 2;
      this.#squares[c] = squares;
    }
  }

  /** The product of a row, by its columns and values, with a class's sum. */
  dot(c: number, columns: ArrayLike<number>, values: ArrayLike<number>, count: number): number {
    const base = c * this.width;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[i]! * this.#sums[base + columns[i]!]!;
    return sum;
  }

  /** The cosine of a row of length `length` whose product with the class is `dot`; `isOwn`: leaves it out. */
  cosine(c: number, dot: number, length: number, isOwn: boolean): number {
    const own = isOwn ? length ** 2 : 0;
    const squares = this.#squares[c]! - 2 * (isOwn ? dot : 0) + own;
    const size = Math.sqrt(Math.max(0, squares)) * length;
    return size > 1e-12 ? (dot - own) / size : 0;
  }
}
