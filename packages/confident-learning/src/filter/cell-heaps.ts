/** Which rows a full cell keeps when margins are equal: all of them, or the earlier ones. */
export type TieRule = "all" | "earlier";

/**
 * Keeps, for each cell, the `capacity[cell]` rows with the largest margins: one min-heap per cell,
 * all in three flat arrays. Memory is the sum of the capacities, at most n. Under the rule `all`,
 * rows that tie with the smallest kept margin are kept outside the heap, up to `tieBudget` over all
 * cells.
 */
export class CellHeaps {
  /**
   * Margins below it are not kept: the smallest kept margin, or a bound known beforehand
   * (`raiseFloor`).
   */
  readonly floor: Float64Array;
  /** There were more ties than the budget: `eachKept` is incomplete, but every floor is right. */
  tiesLost = false;
  readonly #offset: Int32Array;
  readonly #size: Int32Array;
  readonly #margin: Float64Array;
  readonly #row: Int32Array;
  readonly #ties: (number[] | undefined)[];
  readonly #rule: TieRule;
  #tiesLeft: number;

  constructor(capacity: Int32Array, rule: TieRule, tieBudget: number) {
    const cells = capacity.length;
    this.#offset = new Int32Array(cells + 1);
    for (let c = 0; c < cells; c++) this.#offset[c + 1] = this.#offset[c]! + capacity[c]!;
    const total = this.#offset[cells]!;
    this.floor = new Float64Array(cells).fill(Number.NEGATIVE_INFINITY);
    this.#size = new Int32Array(cells);
    this.#margin = new Float64Array(total);
    this.#row = new Int32Array(total);
    this.#ties = new Array<number[] | undefined>(rule === "all" ? cells : 0).fill(undefined);
    this.#rule = rule;
    this.#tiesLeft = tieBudget;
  }

  /** States that at least as many rows as the cell keeps have margins of `bound` or more. */
  raiseFloor(cell: number, bound: number): void {
    if (bound > this.floor[cell]!) this.floor[cell] = bound;
  }

  /** Offers a row whose margin is at least the cell's floor; once per cell, in any order. */
  offer(cell: number, row: number, margin: number): void {
    const from = this.#offset[cell]!;
    const capacity = this.#offset[cell + 1]! - from;
    const size = this.#size[cell]!;
    if (size < capacity) {
      this.#size[cell] = size + 1;
      this.#siftUp(from, size, margin, row);
      if (size + 1 === capacity) this.floor[cell] = this.#margin[from]!;
      return;
    }
    const floor = this.floor[cell]!;
    if (margin === floor && (this.#rule === "all" || row > this.#row[from]!)) {
      if (this.#rule === "all") this.#addTie(cell, row);
      return;
    }
    const evicted = this.#row[from]!;
    this.#siftDown(from, capacity, margin, row);
    const newFloor = this.#margin[from]!;
    this.floor[cell] = newFloor;
    if (this.#rule !== "all") return;
    if (newFloor === floor) this.#addTie(cell, evicted);
    else this.#dropTies(cell);
  }

  /**
   * Calls `use` with every row kept in `cell` and its margin, including ties, in no particular
   * order.
   */
  eachKept(cell: number, use: (row: number, margin: number) => void): void {
    const from = this.#offset[cell]!;
    for (let i = from; i < from + this.#size[cell]!; i++) use(this.#row[i]!, this.#margin[i]!);
    for (const row of this.#ties[cell] ?? []) use(row, this.floor[cell]!);
  }

  #addTie(cell: number, row: number): void {
    if (this.#tiesLeft === 0) {
      this.tiesLost = true;
      return;
    }
    this.#tiesLeft -= 1;
    const ties = this.#ties[cell];
    if (ties === undefined) this.#ties[cell] = [row];
    else ties.push(row);
  }

  #dropTies(cell: number): void {
    const ties = this.#ties[cell];
    if (ties === undefined) return;
    this.#tiesLeft += ties.length;
    this.#ties[cell] = undefined;
  }

  /** The row to drop first: smaller margin, then the later one. */
  #leavesFirst(margin: number, row: number, otherMargin: number, otherRow: number): boolean {
    return margin < otherMargin || (margin === otherMargin && row > otherRow);
  }

  #siftUp(from: number, size: number, margin: number, row: number): void {
    let at = size;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentMargin = this.#margin[from + parent]!;
      const parentRow = this.#row[from + parent]!;
      if (!this.#leavesFirst(margin, row, parentMargin, parentRow)) break;
      this.#margin[from + at] = parentMargin;
      this.#row[from + at] = parentRow;
      at = parent;
    }
    this.#margin[from + at] = margin;
    this.#row[from + at] = row;
  }

  #siftDown(from: number, size: number, margin: number, row: number): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const right = child + 1;
      if (
        right < size &&
        this.#leavesFirst(
          this.#margin[from + right]!,
          this.#row[from + right]!,
          this.#margin[from + child]!,
          this.#row[from + child]!,
        )
      ) {
        child = right;
      }
      const childMargin = this.#margin[from + child]!;
      const childRow = this.#row[from + child]!;
      if (!this.#leavesFirst(childMargin, childRow, margin, row)) break;
      this.#margin[from + at] = childMargin;
      this.#row[from + at] = childRow;
      at = child;
    }
    this.#margin[from + at] = margin;
    this.#row[from + at] = row;
  }
}
