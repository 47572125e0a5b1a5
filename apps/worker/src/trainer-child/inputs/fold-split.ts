/** The rows of a fold, and of all others; both ascending. */
export function splitOf(folds: Uint8Array, fold: number) {
  let testRows = 0;
  for (const of of folds) if (of === fold) testRows++;
  // Counted first: a plain array of so many numbers takes several times the memory, and ends at 2^27.
  const testIndices = new Int32Array(testRows);
  const trainIndices = new Int32Array(folds.length - testRows);
  let [test, train] = [0, 0];
  folds.forEach((of, row) => {
    if (of === fold) testIndices[test++] = row;
    else trainIndices[train++] = row;
  });
  return { trainIndices, testIndices };
}

/** Folds start from different weights, so that one lucky or unlucky start does not affect all. */
export const foldSeed = (seed: number, fold: number): number => (seed + fold * 0x9e37_79b9) >>> 0;
