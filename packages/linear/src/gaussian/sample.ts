import { rowsByFold } from "./fold-rows.js";
import { ProductThreads } from "./product-threads.js";
import { blocksOf, type Standard, type VectorSource } from "./vectors.js";

/** Numbers that a sample holds, and scores that it is judged by: 128 MB, and 16 MB for each ridge. */
const MOST_CELLS = 1 << 24;
const MOST_SCORES = 1 << 21;
const BLOCK = 2048;

/**
 * Standardised rows in memory, fold after fold, every so many-th of the source: all of them, unless
 * there are too many.
 */
export interface Sample {
  readonly rows: Int32Array;
  /** (folds + 1): where each fold starts. */
  readonly start: Int32Array;
  readonly values: Float64Array; // (rows, d)
}

/** Rows `stride` apart so that a sample of n rows of d columns and k classes stays in memory. */
export function sampleStride(n: number, d: number, k: number): number {
  return Math.max(1, Math.ceil((n * d) / MOST_CELLS), Math.ceil((n * k) / MOST_SCORES));
}

/** Reads the source once. */
export async function sampleOf(
  source: VectorSource,
  standard: Standard,
  { folds, foldCount, k }: { folds: ArrayLike<number>; foldCount: number; k: number },
  signal: AbortSignal | undefined,
): Promise<Sample> {
  const { n, d } = source;
  const stride = sampleStride(n, d, k);
  const sampled = Math.ceil(n / stride);
  const own = Uint8Array.from({ length: sampled }, (_, i) => folds[i * stride]!);
  const { order, start } = rowsByFold(own, 0, sampled, foldCount);
  const placeOf = new Int32Array(sampled);
  for (let place = 0; place < sampled; place++) placeOf[order[place]!] = place;
  const values = ProductThreads.shared(sampled * d);
  for await (const block of blocksOf(source, BLOCK, signal)) {
    const first = Math.ceil(block.start / stride);
    for (let i = first; i * stride < block.start + block.rows; i++) {
      const at = (i * stride - block.start) * d;
      standard.write(block.values, at, values, placeOf[i]! * d, 1);
    }
  }
  return { rows: order.map((i) => i * stride), start, values };
}
