import type { RunMember } from "@winnow/contracts";
import type { Store, Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { attachPartition, createLooseTable, partitionOf } from "../database/partitions.js";
import type { Claim } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { succeedTask } from "../queue/task-ends.js";
import { finishCrossValidation } from "./finish-run.js";
import { copyProbabilities } from "./probabilities.js";
import { type WholeBlock, withLabels } from "./write-whole-run.js";

type Blocks = Iterable<WholeBlock> | AsyncIterable<WholeBlock>;

/** One table of probabilities, in sample order. */
export interface PooledTable {
  /** (n) */
  readonly folds: Uint8Array;
  /** Called once, when the table is written. */
  blocks(): Blocks;
}

/** What a second round computed. */
export interface SecondRound {
  /** (n) given class indices. */
  readonly labels: Int32Array;
  readonly classCount: number;
  /** Which member the folds' own probabilities are. */
  readonly given: RunMember;
  readonly pool: PooledTable;
  readonly quick: PooledTable;
  readonly second: PooledTable;
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
  await writeClaimed(store, claim, async (tx) => {
    // Loose tables first: to attach one keeps others from attaching theirs until the commit.
    const keys = {
      pool: await writeTable(tx, round, round.pool),
      quick: await writeTable(tx, round, round.quick),
      second: await writeTable(tx, round, round.second),
    };
    await succeedTask(tx, claim, {
      // With the job's lock: others lock a run after its job.
      result: async () => {
        for (const key of Object.values(keys)) await attachPartition(tx, "fold_probabilities", key);
        await takePool(tx, claim.crossValidationId!, keys, round.given);
        return finishCrossValidation(tx, claim);
      },
    });
  });
}

/** Writes a table that is nobody's yet; returns its key. */
async function writeTable(
  tx: Transaction,
  { labels, classCount }: SecondRound,
  { folds, blocks }: PooledTable,
): Promise<number> {
  const { rows } = await tx.query<{ key: number }>(
    "SELECT nextval(pg_get_serial_sequence('cross_validations', 'key'))::int AS key",
  );
  const { key } = rows[0]!;
  await createLooseTable(tx, "fold_probabilities", key);
  const table = partitionOf("fold_probabilities", key);
  await copyProbabilities(tx, { key, table }, classCount, withLabels(blocks(), { labels, folds }));
  return key;
}

/** Gives the run the pool's rows, and the members theirs. */
async function takePool(
  tx: Transaction,
  id: string,
  keys: { readonly pool: number; readonly quick: number; readonly second: number },
  given: RunMember,
): Promise<void> {
  const { rows } = await tx.query<{ old: number }>(
    `UPDATE cross_validations c SET key = $2 FROM (SELECT key AS old FROM cross_validations
       WHERE id = $1 FOR UPDATE) before WHERE c.id = $1 RETURNING before.old`,
    [id, keys.pool],
  );
  const members: readonly [RunMember, number][] = [
    [given, rows[0]!.old],
    ["quick", keys.quick],
    ["second", keys.second],
  ];
  for (const [member, key] of members) {
    await tx.query(
      `INSERT INTO cross_validations (id, key, dataset_id, job_id, state, rows, class_count, folds,
         seed, configuration, backend, accuracy, owner_id, parent_id, member, finished_at)
       SELECT $2, $3, dataset_id, job_id, 'ready', rows, class_count, f.folds, seed, configuration,
         NULL, f.accuracy, owner_id, id, $4, clock_timestamp()
       FROM cross_validations, (SELECT max(fold) + 1 AS folds,
         avg((argmax = given)::int)::float8 AS accuracy
         FROM ${partitionOf("fold_probabilities", key)}) f
       WHERE id = $1`,
      [id, newId("crossValidation"), key, member],
    );
  }
}
