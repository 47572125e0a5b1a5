import { ConfidentLearningError } from "../errors.js";

export type Probabilities = Float32Array | Float64Array;

/** Some rows in order: `labels` (rows), `probs` (rows, k) row-major. Read-only for the receiver. */
export interface ProbabilityBlock {
  /** The index of the first row among all n. */
  readonly start: number;
  readonly rows: number;
  readonly labels: Int32Array;
  readonly probs: Probabilities;
  /** The memory does not change until the end of the run; threads then share it if possible. */
  readonly lasting?: boolean;
}

/**
 * A source of probabilities. `blocks` yields every row once, in order; it is called up to three
 * times (a fourth time only if there are too many ties at a cut) and must yield the same numbers
 * each time. The memory of a block may be reused as soon as the next one is requested.
 */
export interface ProbabilitySource {
  readonly n: number;
  readonly k: number;
  readonly dtype: "float32" | "float64";
  blocks(): AsyncIterable<ProbabilityBlock> | Iterable<ProbabilityBlock>;
}

/**
 * A source over arrays in memory: `labels` (n), `probs` (n, k) row-major. Nothing is copied.
 * `rowsPerBlock` changes how often progress is reported and the signal checked, never the result.
 */
export function arraySource(
  labels: ArrayLike<number>,
  probs: Probabilities,
  k: number,
  rowsPerBlock = 4096,
): ProbabilitySource {
  const n = labels.length;
  if (!Number.isSafeInteger(rowsPerBlock) || rowsPerBlock < 1) {
    throw new ConfidentLearningError("invalid-option", `rowsPerBlock is ${rowsPerBlock}`);
  }
  if (n * k !== probs.length) {
    throw new ConfidentLearningError(
      "length-mismatch",
      `${n} labels and ${k} classes need ${n * k} probabilities; there are ${probs.length}`,
    );
  }
  const given = toInt32(labels);
  return {
    n,
    k,
    dtype: probs instanceof Float32Array ? "float32" : "float64",
    *blocks() {
      for (let start = 0; start < n; start += rowsPerBlock) {
        const rows = Math.min(rowsPerBlock, n - start);
        yield {
          start,
          rows,
          labels: given.subarray(start, start + rows),
          probs: probs.subarray(start * k, (start + rows) * k),
          lasting: true,
        };
      }
    },
  };
}

/** Labels as int32. Throws `label-out-of-range`, with the row, for a label that is not an int32. */
export function toInt32(labels: ArrayLike<number>): Int32Array {
  if (labels instanceof Int32Array) return labels;
  const given = new Int32Array(labels.length);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    given[row] = label;
    if (given[row] !== label) {
      throw new ConfidentLearningError(
        "label-out-of-range",
        `row ${row}: ${label} is not a label`,
        {
          row,
        },
      );
    }
  }
  return given;
}
