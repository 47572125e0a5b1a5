/** The cells (true, given) that prune anything, grouped by given class. */
export interface PruneCells {
  /** The cells of given class c are `start[c]` to `start[c + 1]`, true classes ascending. */
  readonly start: Int32Array;
  readonly trueClass: Int32Array;
  /** How many rows each cell prunes; at most the rows of its given class. */
  readonly count: Int32Array;
}

/**
 * The off-diagonal cells with a positive prune count, of the classes that may be pruned. `counts`
 * (k, k) has row = given.
 */
export function pruneCells(
  counts: Float64Array,
  classCounts: Int32Array,
  prunable: (given: number) => boolean,
): PruneCells {
  const k = classCounts.length;
  const start = new Int32Array(k + 1);
  const trueClass: number[] = [];
  const count: number[] = [];
  for (let given = 0; given < k; given++) {
    for (let j = 0; prunable(given) && j < k; j++) {
      const q = counts[given * k + j]!;
      if (j === given || !(q > 0)) continue;
      trueClass.push(j);
      count.push(Math.min(q, classCounts[given]!));
    }
    start[given + 1] = trueClass.length;
  }
  return { start, trueClass: Int32Array.from(trueClass), count: Int32Array.from(count) };
}

/** The cell of (true, given); -1 if it prunes nothing. */
export function cellOf(cells: PruneCells, trueClass: number, given: number): number {
  let low = cells.start[given]!;
  let high = cells.start[given + 1]!;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cells.trueClass[middle]! < trueClass) low = middle + 1;
    else high = middle;
  }
  return low < cells.start[given + 1]! && cells.trueClass[low] === trueClass ? low : -1;
}
