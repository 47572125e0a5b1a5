import type { Store } from "../database/client.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { succeedTask } from "../queue/task-ends.js";
import { finishCrossValidation } from "./finish-run.js";
import { addMembers, type MemberTable, type PooledTable, writeMembers } from "./member-tables.js";
import { replaceRows } from "./whole-rows.js";

/** Several runs as one, and those of their members that all of them have. */
export interface Combination {
  /** (n) given class indices. */
  readonly labels: Int32Array;
  readonly classCount: number;
  readonly run: PooledTable;
  readonly members: readonly MemberTable[];
}

/**
 * Writes combined probabilities and ends the task, in one transaction. Throws `StaleClaimError`, or
 * what `blocks` throws; nothing is written then.
 */
export async function writeCombination(
  store: Store,
  claim: Claim,
  combination: Combination,
): Promise<void> {
  const id = claim.crossValidationId!;
  const { labels, classCount, run, members } = combination;
  await writeClaimed(store, claim, async (tx) => {
    await replaceRows(tx, id, { labels, classCount, folds: run.folds }, run.blocks());
    const tables = await writeMembers(tx, combination, members);
    const folds = run.folds.reduce((most, fold) => Math.max(most, fold), 0) + 1;
    await succeedTask(tx, claim, {
      result: async () => {
        await addMembers(tx, id, tables);
        await tx.query("UPDATE cross_validations SET folds = $2 WHERE id = $1", [id, folds]);
        return finishCrossValidation(tx, claim);
      },
    });
  });
}
