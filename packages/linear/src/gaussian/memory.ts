import { gramCells } from "./grams.js";
import { sampleStride } from "./sample.js";

export interface GaussianSize {
  readonly rows: number;
  /** Columns of the vectors. */
  readonly columns: number;
  readonly classes: number;
  readonly folds: number;
}

/** Sums of a fold's solution that are held at once. */
const MATRICES = 3;
const BLOCKS = 4 * 2048;

/** Bytes that the Gaussians hold at most, beside probabilities. */
export function gaussianBytes({ rows, columns: d, classes: k, folds }: GaussianSize): number {
  const sums = folds * (gramCells(d) + 2 * k * d);
  const sampled = Math.ceil(rows / sampleStride(rows, d, k)) * (d + 6 * k);
  return 8 * (sums + sampled + MATRICES * d * d + BLOCKS * (d + k));
}
