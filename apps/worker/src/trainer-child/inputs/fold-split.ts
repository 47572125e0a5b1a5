/** The rows of a fold, and of all others; both ascending. */
export function splitOf(folds: Uint8Array, fold: number) {
  const test: number[] = [];
  const train: number[] = [];
  folds.forEach((of, row) => {
    (of === fold ? test : train).push(row);
  });
  return { trainIndices: Int32Array.from(train), testIndices: Int32Array.from(test) };
}

/** Folds start from different weights, so that one lucky or unlucky start does not affect all. */
export const foldSeed = (seed: number, fold: number): number => (seed + fold * 0x9e37_79b9) >>> 0;
