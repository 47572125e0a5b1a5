import type { RunMember } from "@winnow/contracts";
import type { Store, Transaction } from "../database/client.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { succeedTask } from "../queue/task-ends.js";
import { finishCrossValidation } from "./finish-run.js";
import {
  addMember,
  addMembers,
  attachTables,
  type MemberTable,
  type PooledTable,
  writeLooseTable,
  writeMembers,
} from "./member-tables.js";

/** What a second round computed. */
export interface SecondRound {
  /** (n) given class indices. */
  readonly labels: Int32Array;
  readonly classCount: number;
  /** Which member the folds' own probabilities are. */
  readonly given: RunMember;
  readonly pool: PooledTable;
  /** Its other members. */
  readonly members: readonly MemberTable[];
}

/**
 * Writes a second round and ends its task, in one transaction: the pool becomes the run's
 * probabilities, and the folds' own rows, which nobody copies, those of a member. Throws
 * `StaleClaimError`; nothing is written then, and the folds' probabilities are still the run's.
 */
export async function writeSecondRound(
  store: Store,
  claim: Claim,
  round: SecondRound,
): Promise<void> {
  const id = claim.crossValidationId!;
  await writeClaimed(store, claim, async (tx) => {
    const pool = await writeLooseTable(tx, round, round.pool);
    const members = await writeMembers(tx, round, round.members);
    await succeedTask(tx, claim, {
      // With the job's lock: others lock a run after its job.
      result: async () => {
        await attachTables(tx, [pool]);
        const given = await takePool(tx, id, pool);
        await addMember(tx, id, round.given, given);
        await addMembers(tx, id, members);
        return finishCrossValidation(tx, claim);
      },
    });
  });
}

/** Gives the run the pool's rows; returns the key of those that it had. */
async function takePool(tx: Transaction, id: string, pool: number): Promise<number> {
  const { rows } = await tx.query<{ old: number }>(
    `UPDATE cross_validations c SET key = $2 FROM (SELECT key AS old FROM cross_validations
       WHERE id = $1 FOR UPDATE) before WHERE c.id = $1 RETURNING before.old`,
    [id, pool],
  );
  return rows[0]!.old;
}
