/** The rows of a fold, ascending. */
export function rowsOfFold(folds: Uint8Array, fold: number): Int32Array {
  return rowsWhere(folds, (of) => of === fold);
}

/** The rows of a fold, and of all others; both ascending. */
export function splitOf(folds: Uint8Array, fold: number) {
  const trainIndices = rowsWhere(folds, (of) => of !== fold);
  return { trainIndices, testIndices: rowsOfFold(folds, fold) };
}

/** Counted first: a plain array of so many numbers takes several times the memory, and ends at 2^27. */
function rowsWhere(folds: Uint8Array, holds: (fold: number) => boolean): Int32Array {
  let count = 0;
  for (const of of folds) if (holds(of)) count++;
  const rows = new Int32Array(count);
  let next = 0;
  folds.forEach((of, row) => {
    if (holds(of)) rows[next++] = row;
  });
  return rows;
}

/** Folds start from different weights, so that one lucky or unlucky start does not affect all. */
export const foldSeed = (seed: number, fold: number): number => (seed + fold * 0x9e37_79b9) >>> 0;
