import { type OwnWarning, SECOND_ROUND_STEPS } from "@winnow/contracts";
import type { Transaction } from "../database/client.js";
import { partitionOf } from "../database/partitions.js";
import { insertPruning } from "../prunings/create-pruning.js";
import type { Claim } from "../queue/claim.js";
import { appendEvent } from "../queue/events.js";
import { addTask } from "../queue/insert-job.js";
import { requestedPruning } from "../queue/task-ends.js";
import { makeRunReady } from "../states/cross-validation-state.js";
import { attachChosen } from "./epoch-staging.js";
import { electEpoch } from "./epoch-vote.js";
import { endLinearPart } from "./linear-part.js";

/** What comes after the last fold, and what is said of it in the run's warnings. */
export interface AfterFolds {
  readonly secondRound: boolean;
  readonly warnings: readonly OwnWarning[];
}

export const NOTHING_AFTER: AfterFolds = { secondRound: false, warnings: [] };

/** Queues the second round, if there is one: the folds' probabilities are whole before it begins. */
export async function goOn(tx: Transaction, claim: Claim, after: AfterFolds): Promise<boolean> {
  const id = claim.crossValidationId!;
  await addWarnings(tx, id, after.warnings);
  if (!after.secondRound) return false;
  await completeRows(tx, claim);
  await addTask(tx, { id: claim.jobId, params: claim.params }, "second-round", SECOND_ROUND_STEPS);
  return true;
}

/** Says something of a run. */
export async function addWarnings(
  tx: Transaction,
  id: string,
  warnings: readonly OwnWarning[],
): Promise<void> {
  if (warnings.length === 0) return;
  await tx.query("UPDATE cross_validations SET warnings = warnings || $2 WHERE id = $1", [
    id,
    JSON.stringify(warnings),
  ]);
}

/** The run's key, and whether its folds still vote. */
export async function runOf(tx: Transaction, id: string): Promise<{ key: number; voted: boolean }> {
  const { rows } = await tx.query<{ key: number; voted: boolean }>(
    `SELECT key, epoch_choice = 'vote' AND chosen_epoch IS NULL AS voted
     FROM cross_validations WHERE id = $1`,
    [id],
  );
  if (!rows[0]) throw new Error(`there is no cross-validation ${id}`);
  return rows[0];
}

/** Of a fold's stored figures, what the vote reads. */
interface VotedEpoch {
  readonly epoch: number;
  readonly heldOutLoss: number | null;
  readonly heldOutAccuracy: number;
}

/**
 * Counts the folds' votes, in the last fold's transaction: the elected epoch's rows become the
 * run's.
 */
async function takeVote(tx: Transaction, claim: Claim, key: number): Promise<void> {
  const id = claim.crossValidationId!;
  const { rows } = await tx.query<{ fold: number; test_rows: number; epochs: VotedEpoch[] }>(
    "SELECT fold, test_rows, epochs FROM folds WHERE cross_validation_id = $1 ORDER BY fold",
    [id],
  );
  const { chosen, candidates } = electEpoch(
    rows.map(({ fold, test_rows, epochs }) => ({
      fold,
      testRows: test_rows,
      epochs: epochs.map(({ epoch, heldOutLoss, heldOutAccuracy }) => ({
        epoch,
        loss: heldOutLoss,
        accuracy: heldOutAccuracy,
      })),
    })),
  );
  await attachChosen(tx, key, chosen.epoch);
  await tx.query(
    "UPDATE cross_validations SET chosen_epoch = $2, epoch_losses = $3 WHERE id = $1",
    [id, chosen.epoch, JSON.stringify(candidates)],
  );
  // A fold's figures are those of the elected epoch.
  await tx.query(
    `UPDATE folds f SET loss = (v.figures->>'heldOutLoss')::float8,
       accuracy = (v.figures->>'heldOutAccuracy')::float8
     FROM (SELECT g.fold, figures FROM folds g, jsonb_array_elements(g.epochs) figures
       WHERE g.cross_validation_id = $1) v
     WHERE f.cross_validation_id = $1 AND f.fold = v.fold AND (v.figures->>'epoch')::int = $2`,
    [id, chosen.epoch],
  );
  await appendEvent(tx, claim.jobId, "log", {
    message: "epoch-vote",
    epoch: chosen.epoch,
    candidates,
  });
}

/**
 * Counts the vote, if there is one, and checks that every sample has its row; returns how many, and
 * the accuracy.
 */
async function completeRows(
  tx: Transaction,
  claim: Claim,
): Promise<{ rows: number; accuracy: number | null }> {
  const id = claim.crossValidationId!;
  const { key, voted } = await runOf(tx, id);
  if (voted) await takeVote(tx, claim, key);
  const partition = partitionOf("fold_probabilities", key);
  const counted = await tx.query<{ have: number; want: number; accuracy: number | null }>(
    `SELECT f.*, rows AS want FROM cross_validations, (SELECT count(*)::int AS have,
       avg((argmax = given)::int)::float8 AS accuracy FROM ${partition}) f
     WHERE id = $1`,
    [id],
  );
  const { have, want, accuracy } = counted.rows[0]!;
  if (have !== want) throw new Error(`${id} has ${have} probability rows for ${want} samples`);
  return { rows: have, accuracy };
}

/**
 * Ends a cross-validation whose last probabilities were written in this transaction: checks that
 * every sample has its row, makes it ready, and queues the requested pruning. Returns the job's
 * result.
 */
export async function finishCrossValidation(
  tx: Transaction,
  claim: Claim,
): Promise<Record<string, unknown>> {
  const id = claim.crossValidationId!;
  const { rows, accuracy } = await completeRows(tx, claim);
  await endLinearPart(tx, id, rows);
  if (!(await makeRunReady(tx, id, accuracy))) throw new Error(`${id} is not in training`);
  const asked = requestedPruning(claim);
  const pruningJobId = asked
    ? await insertPruning(tx, claim.datasetId!, id, asked, { queuedBy: claim.jobId })
    : null;
  let pruningId: string | null = null;
  if (pruningJobId) {
    const made = await tx.query<{ pruning_id: string }>(
      `UPDATE jobs j SET pruning_id = p.pruning_id FROM jobs p
       WHERE j.id = $1 AND p.id = $2 RETURNING p.pruning_id`,
      [claim.jobId, pruningJobId],
    );
    pruningId = made.rows[0]?.pruning_id ?? null;
  }
  return {
    crossValidationId: id,
    rows,
    accuracy,
    pruningJobId,
    pruningId,
  };
}
