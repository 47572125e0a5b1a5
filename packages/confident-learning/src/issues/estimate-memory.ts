import type { Order } from "../input/options.js";

/** The memory of a run, in bytes. */
export interface MemoryEstimate {
  /** The numbers stored for each row. */
  readonly rows: number;
  /** The joint and related matrices. */
  readonly classes: number;
  /** Flags as objects, if all are requested at once and a fifth of the rows is flagged. */
  readonly flags: number;
  readonly total: number;
}

/**
 * Predicts the memory that `findLabelIssues` needs for a source of n rows and k classes: an upper
 * bound without the source's blocks, the probabilities and the runtime itself.
 */
export function estimateMemory(
  n: number,
  k: number,
  options: { readonly dtype?: "float32" | "float64"; readonly order?: Order } = {},
): MemoryEstimate {
  const real = options.dtype === "float64" ? 8 : 4;
  const wholeRow = options.order === "confidence_weighted_entropy" ? 8 : 0;
  // the given label's clipped probability, and the score
  const odds = options.order === "error_odds" ? 16 : 0;
  // label, guess, other class; self and other probability; the posterior's three; heaps, their
  // cells and margins; masks; the flags' order
  const perRow = 3 * 4 + 3 * real + (8 + 8 + 4) + (8 + 4) + (4 + 8) + 3 + 24 + wholeRow + odds;
  const perCell = (options.order === "error_odds" ? 22 : 18) * 8;
  const rows = n * perRow;
  const classes = k * k * perCell;
  const flags = Math.ceil(n / 5) * 240;
  return { rows, classes, flags, total: rows + classes + flags };
}
