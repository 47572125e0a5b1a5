import type { RunMember } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { newId } from "../database/ids.js";
import { createPartition, emptyPartition, partitionOf } from "../database/partitions.js";
import { makeRunReady } from "../states/cross-validation-state.js";

// The linear model that is trained beside a network is a member of the run from its first written
// fold on, so that its rows go wherever the run's go. It is none of the pool's models: the network's
// probabilities have it averaged in.

const MEMBER: RunMember = "linear";

/** In SQL, of a member `m` of the run `c`: whether it is the linear part of a network. */
export const IS_LINEAR_PART = `(m.member = '${MEMBER}' AND c.configuration ? 'model'
  AND c.configuration->'model'->>'kind' IS DISTINCT FROM '${MEMBER}')`;

/** The key of a training run's linear part, made where it is missing. The caller holds the job's lock. */
export async function openLinearPart(tx: Transaction, runId: string): Promise<number> {
  const made = await tx.query<{ key: number }>(
    `INSERT INTO cross_validations (id, dataset_id, job_id, state, rows, class_count, folds, seed,
       configuration, owner_id, parent_id, member)
     SELECT $2, dataset_id, job_id, state, rows, class_count, folds, seed, configuration, owner_id,
       id, $3 FROM cross_validations WHERE id = $1
     ON CONFLICT (parent_id, member) DO NOTHING RETURNING key`,
    [runId, newId("crossValidation"), MEMBER],
  );
  if (made.rows[0]) {
    await createPartition(tx, "fold_probabilities", made.rows[0].key);
    return made.rows[0].key;
  }
  const { rows } = await tx.query<{ key: number }>(
    "SELECT key FROM cross_validations WHERE parent_id = $1 AND member = $2",
    [runId, MEMBER],
  );
  if (!rows[0]) throw new Error(`there is no cross-validation ${runId}`);
  return rows[0].key;
}

/**
 * Makes the linear part of a run with so many rows ready. One that lacks rows goes: a program of
 * before it was stored has written some of the folds.
 */
export async function endLinearPart(tx: Transaction, runId: string, want: number): Promise<void> {
  const found = await tx.query<{ id: string; key: number }>(
    `SELECT id, key FROM cross_validations
     WHERE parent_id = $1 AND member = $2 AND state = 'training'`,
    [runId, MEMBER],
  );
  const part = found.rows[0];
  if (!part) return;
  const { rows } = await tx.query<{ have: number; accuracy: number | null }>(
    `SELECT count(*)::int AS have, avg((argmax = given)::int)::float8 AS accuracy
     FROM ${partitionOf("fold_probabilities", part.key)}`,
  );
  const { have, accuracy } = rows[0]!;
  if (have === want) {
    await makeRunReady(tx, part.id, accuracy);
    return;
  }
  await emptyPartition(tx, "fold_probabilities", part.key);
  await tx.query("DELETE FROM cross_validations WHERE id = $1", [part.id]);
}
