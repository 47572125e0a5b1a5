import type { OwnWarning } from "@winnow/contracts";
import type { Store } from "../database/client.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { succeedTask } from "../queue/task-ends.js";
import { addWarnings, finishCrossValidation } from "./finish-run.js";
import { addMembers, type MemberTable, writeMembers } from "./member-tables.js";
import { replaceRows, type WholeBlock } from "./whole-rows.js";
import { type FoldMetrics, writeFigures } from "./write-fold.js";

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
    warnings: readonly OwnWarning[];
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
    /** The models whose pool the run is, if it is one. */
    members?: readonly MemberTable[];
    /** What is said of the run. */
    warnings?: readonly OwnWarning[];
  },
  blocks: Iterable<WholeBlock> | AsyncIterable<WholeBlock>,
): Promise<void> {
  const id = claim.crossValidationId!;
  await writeClaimed(store, claim, async (tx) => {
    await replaceRows(tx, id, run, blocks);
    for (const [fold, metrics] of run.figures().entries()) {
      await writeFigures(tx, id, fold, metrics);
    }
    const members = await writeMembers(tx, run, run.members ?? []);
    await succeedTask(tx, claim, {
      steps: run.labels.length,
      result: async () => {
        await addMembers(tx, id, members);
        await addWarnings(tx, id, run.warnings ?? []);
        return finishCrossValidation(tx, claim);
      },
    });
  });
}
