import type { Warning } from "@winnow/contracts";
import type { Store, Transaction } from "../database/client.js";
import { partitionOf } from "../database/partitions.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { succeedTask } from "../queue/task-ends.js";
import { finishCrossValidation } from "./finish-run.js";
import { copyProbabilities, crossValidationKey, type ProbabilityBatch } from "./probabilities.js";
import { type FoldMetrics, writeFigures } from "./write-fold.js";

/** Probabilities of consecutive samples. */
export interface WholeBlock {
  /** Ordinal of the first row. */
  readonly start: number;
  readonly rows: number;
  /** Row-major (rows, classCount). */
  readonly probs: Float32Array;
}

/**
 * Writes imported probabilities and ends the task, in one transaction. `labels` and `folds` (n)
 * cover all samples. Throws `StaleClaimError`, or what `blocks` throws; nothing is written then.
 */
export async function writeImportedProbabilities(
  store: Store,
  claim: Claim,
  run: {
    labels: Int32Array;
    folds: Uint8Array;
    classCount: number;
    /** Read after the last block. */
    warnings: readonly Warning[];
  },
  blocks: AsyncIterable<WholeBlock>,
): Promise<void> {
  const id = claim.crossValidationId!;
  await writeClaimed(store, claim, async (tx) => {
    await replaceRows(tx, id, run, blocks);
    const folds = run.folds.reduce((most, fold) => Math.max(most, fold), 0) + 1;
    await succeedTask(tx, claim, {
      result: async () => {
        await tx.query("UPDATE cross_validations SET folds = $2, warnings = $3 WHERE id = $1", [
          id,
          folds,
          JSON.stringify(run.warnings),
        ]);
        return { ...(await finishCrossValidation(tx, claim)), warnings: run.warnings };
      },
    });
  });
}

/**
 * Writes the probabilities of all folds of a run, in sample order, and ends its one task, in one
 * transaction. `figures` is called after the last block. Throws `StaleClaimError`, or what `blocks`
 * throws; nothing is written then.
 */
export async function writeAllFolds(
  store: Store,
  claim: Claim,
  run: {
    labels: Int32Array;
    folds: Uint8Array;
    classCount: number;
    /** By fold. */
    figures: () => readonly FoldMetrics[];
  },
  blocks: Iterable<WholeBlock> | AsyncIterable<WholeBlock>,
): Promise<void> {
  const id = claim.crossValidationId!;
  await writeClaimed(store, claim, async (tx) => {
    await replaceRows(tx, id, run, blocks);
    for (const [fold, metrics] of run.figures().entries()) {
      await writeFigures(tx, id, fold, metrics);
    }
    await succeedTask(tx, claim, {
      steps: run.labels.length,
      result: () => finishCrossValidation(tx, claim),
    });
  });
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
