import { LinearError } from "../errors.js";
import { MATRICES, THREAD_CELLS } from "./fold-threads.js";
import { gramCells } from "./grams.js";
import { sampleStride } from "./sample.js";

export interface GaussianSize {
  readonly rows: number;
  /** Columns of the vectors. */
  readonly columns: number;
  readonly classes: number;
  readonly folds: number;
}

const BLOCKS = 4 * 2048;

/** Bytes that the Gaussians hold at most, beside probabilities. */
export function gaussianBytes({ rows, columns: d, classes: k, folds }: GaussianSize): number {
  const sums = folds * (gramCells(d) + 2 * k * d);
  const sampled = Math.ceil(rows / sampleStride(rows, d, k)) * (d + 6 * k);
  const solved = Math.max(MATRICES * d * d, THREAD_CELLS);
  return 8 * (sums + sampled + solved + BLOCKS * (d + k));
}

const MOST_COLUMNS = 4096;
const MOST_BYTES = 4 * 2 ** 30;

/** Throws `too-large` for vectors whose sums would not fit into memory. */
export function requireGaussianRoom(size: GaussianSize): void {
  const { columns, classes } = size;
  const needed = gaussianBytes(size);
  if (columns <= MOST_COLUMNS && needed <= MOST_BYTES) return;
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  throw new LinearError(
    "too-large",
    `vectors of ${columns} columns and ${classes} classes need ${gigabytes(needed)} of memory; at most ` +
      `${MOST_COLUMNS} columns and ${gigabytes(MOST_BYTES)}: reduce the columns, for example by PCA`,
  );
}
