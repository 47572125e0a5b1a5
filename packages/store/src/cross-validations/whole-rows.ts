import type { Transaction } from "../database/client.js";
import { partitionOf } from "../database/partitions.js";
import { copyProbabilities, crossValidationKey, type ProbabilityBatch } from "./probabilities.js";

/** Probabilities of consecutive samples. */
export interface WholeBlock {
  /** Ordinal of the first row. */
  readonly start: number;
  readonly rows: number;
  /** Row-major (rows, classCount). */
  readonly probs: Float32Array;
}

/** Writes all rows of a run anew. */
export async function replaceRows(
  tx: Transaction,
  id: string,
  run: { labels: Int32Array; folds: Uint8Array; classCount: number },
  blocks: Iterable<WholeBlock> | AsyncIterable<WholeBlock>,
): Promise<void> {
  const key = await crossValidationKey(tx, id);
  const table = partitionOf("fold_probabilities", key);
  await tx.query(`DELETE FROM ${table}`);
  await copyProbabilities(tx, { key, table }, run.classCount, withLabels(blocks, run));
}

/** The blocks as rows that can be stored. */
export async function* withLabels(
  blocks: Iterable<WholeBlock> | AsyncIterable<WholeBlock>,
  { labels, folds }: { labels: Int32Array; folds: Uint8Array },
): AsyncGenerator<ProbabilityBatch> {
  for await (const { start, rows, probs } of blocks) {
    yield {
      ordinals: Int32Array.from({ length: rows }, (_, row) => start + row),
      labels: labels.subarray(start, start + rows),
      folds: folds.subarray(start, start + rows),
      probs,
    };
  }
}
