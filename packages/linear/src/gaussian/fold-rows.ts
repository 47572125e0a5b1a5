/** The rows of a block by fold: the row at `order[i]` stands at place i; a fold's places are together. */
export interface FoldRows {
  readonly order: Int32Array;
  /** (folds + 1): the places of fold v are `start[v]` to `start[v + 1]`. */
  readonly start: Int32Array;
}

/** Groups rows `from` to `from + rows` by their folds, ascending within each. */
export function rowsByFold(
  folds: ArrayLike<number>,
  from: number,
  rows: number,
  count: number,
): FoldRows {
  const start = new Int32Array(count + 1);
  for (let i = 0; i < rows; i++) start[folds[from + i]! + 1]! += 1;
  for (let fold = 0; fold < count; fold++) start[fold + 1]! += start[fold]!;
  const next = start.slice();
  const order = new Int32Array(rows);
  for (let i = 0; i < rows; i++) order[next[folds[from + i]!]!++] = i;
  return { order, start };
}

export function foldCount(folds: ArrayLike<number>): number {
  let count = 0;
  for (let row = 0; row < folds.length; row++) count = Math.max(count, folds[row]! + 1);
  return count;
}
