import type { Warning } from "@winnow/contracts";
import type { Store } from "../database/client.js";
import { partitionOf } from "../database/partitions.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { succeedTask } from "../queue/task-ends.js";
import { copyProbabilities, crossValidationKey, type ProbabilityBatch } from "./probabilities.js";
import { finishCrossValidation } from "./write-fold.js";

/** Imported probabilities of consecutive samples. */
export interface ImportedBlock {
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
  blocks: AsyncIterable<ImportedBlock>,
): Promise<void> {
  const id = claim.crossValidationId!;
  await writeClaimed(store, claim, async (tx) => {
    const key = await crossValidationKey(tx, id);
    const table = partitionOf("fold_probabilities", key);
    await tx.query(`DELETE FROM ${table}`);
    await copyProbabilities(tx, { key, table }, run.classCount, withLabels(blocks, run));
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

async function* withLabels(
  blocks: AsyncIterable<ImportedBlock>,
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
