import type { Order } from "../input/options.js";

/** What a run will hold, in bytes. */
export interface MemoryEstimate {
  /** Numbers kept of each row. */
  readonly rows: number;
  /** The joint and its kin. */
  readonly classes: number;
  /** Flags as objects, if all are asked for at once and a fifth of the rows is flagged. */
  readonly flags: number;
  readonly total: number;
}

/**
 * The memory that `findLabelIssues` needs over a source of n rows and k classes, told beforehand; an
 * upper bound without the blocks of the source and the runtime itself. The matrix is not part of it.
 */
export function estimateMemory(
  n: number,
  k: number,
  options: { readonly dtype?: "float32" | "float64"; readonly order?: Order } = {},
): MemoryEstimate {
  const real = options.dtype === "float64" ? 8 : 4;
  const wholeRow = options.order === "confidence_weighted_entropy" ? 8 : 0;
  // label, guess, other class; self and other probability; the posterior's three; heaps, their
  // cells and margins; masks; the flags' order
  const perRow = 3 * 4 + 3 * real + (8 + 8 + 4) + (8 + 4) + (4 + 8) + 3 + 24 + wholeRow;
  const perCell = 18 * 8;
  const rows = n * perRow;
  const classes = k * k * perCell;
  const flags = Math.ceil(n / 5) * 240;
  return { rows, classes, flags, total: rows + classes + flags };
}
