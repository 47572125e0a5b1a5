/** Some rows in order: `labels` (rows), `probs` (rows, k) row-major. Read-only for the receiver. */
export interface HeldOutBlock {
  /** The index of the first row among all n. */
  readonly start: number;
  readonly rows: number;
  readonly labels: Int32Array;
  readonly probs: Float32Array | Float64Array;
  /** The memory does not change any more; else it may be reused for the next block. */
  readonly lasting?: boolean;
}

/** Held-out probabilities (n, k), read in the order of rows as often as it takes. */
export interface HeldOutSource {
  readonly n: number;
  readonly k: number;
  readonly dtype: "float32" | "float64";
  blocks(): Iterable<HeldOutBlock>;
}

const BLOCK = 4096;

/** A source over an array in memory. */
export function sourceOf(
  labels: Int32Array,
  probs: Float32Array | Float64Array,
  k: number,
): HeldOutSource {
  const n = labels.length;
  return {
    n,
    k,
    dtype: probs instanceof Float32Array ? "float32" : "float64",
    *blocks() {
      for (let start = 0; start < n; start += BLOCK) {
        const rows = Math.min(BLOCK, n - start);
        yield {
          start,
          rows,
          labels: labels.subarray(start, start + rows),
          probs: probs.subarray(start * k, (start + rows) * k),
          lasting: true,
        };
      }
    },
  };
}
