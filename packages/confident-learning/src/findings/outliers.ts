import { normalQuantile } from "./significance.js";

/** Rows that are far below others of their size in how well they fit any class. */
export interface Outliers {
  /**
   * By row (n): how many left-hand spreads its typicality lies below the median of rows of its size;
   * large is odd.
   */
  readonly scores: Float32Array;
  /** Rows above this score are outliers. */
  readonly cut: number;
  /** The outliers, the oddest first. */
  readonly rows: Int32Array;
}

/** Sets of rows of which none is odd show one outlier or more this often, if scores below the median are normal. */
const LEVEL = 0.05;
const BINS = 10;
/** Fewer rows do not tell their spread well enough. */
const LEAST_ROWS = 400;
/** The standard error of a bin's spread, in spreads, times the root of its rows. */
const SPREAD_ERROR = 1.3;
/** Of a normal distribution this share lies more than one spread below the middle. */
const ONE_SPREAD = 0.158655;

/**
 * Scores rows by `typicality` (n) among rows of about the same `sizes` (n): short texts have less in
 * common with any class. The spread is that of the lower half, since the upper half says nothing of
 * oddness. The cut rises with the number of rows, so that more rows bring no more false alarms.
 */
export function outliers(typicality: Float32Array, sizes: ArrayLike<number>): Outliers {
  const n = typicality.length;
  const scores = new Float32Array(n);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  order.sort((a, b) => sizes[a]! - sizes[b]! || a - b);
  const bins = Math.max(1, Math.min(BINS, Math.floor(n / LEAST_ROWS)));
  for (let bin = 0; bin < bins; bin++) {
    const own = order.subarray(Math.floor((bin * n) / bins), Math.floor(((bin + 1) * n) / bins));
    const sorted = Float32Array.from(own, (row) => typicality[row]!).sort();
    const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
    const spread = middle - (sorted[Math.floor(sorted.length * ONE_SPREAD)] ?? 0);
    for (const row of own) {
      scores[row] = spread > 0 ? Math.max(0, (middle - typicality[row]!) / spread) : 0;
    }
  }
  const cut =
    n > 0
      ? normalQuantile(LEVEL / Math.max(2, n)) * (1 + SPREAD_ERROR / Math.sqrt(n / bins))
      : Number.POSITIVE_INFINITY;
  const rows = order.filter((row) => scores[row]! > cut);
  rows.sort((a, b) => scores[b]! - scores[a]! || a - b);
  return { scores, cut, rows };
}
