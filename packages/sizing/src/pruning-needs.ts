import { estimateMemory, type Order } from "@winnow/confident-learning";

/** Rows of probabilities in memory during a pruning: one block in use, one read ahead. */
const BUFFERED_ROWS = 2 * 4096;

/** Bytes that a pruning of (rows, classes) holds at most, without the runtime itself. */
export function pruningBytes(rows: number, classes: number, order?: Order): number {
  const { total } = estimateMemory(rows, classes, { dtype: "float32", ...(order && { order }) });
  return total + Math.min(rows, BUFFERED_ROWS) * classes * 4;
}
