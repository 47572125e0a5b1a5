import { type Store, type Transaction, withTransaction } from "../database/client.js";
import { partitionOf } from "../database/partitions.js";
import { insertPruning } from "../prunings/create-pruning.js";
import { type Claim, StaleClaimError } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { appendEvent } from "../queue/events.js";
import { lockJob } from "../queue/job-changes.js";
import { requestedPruning, succeedTask } from "../queue/task-ends.js";
import { makeRunReady } from "../states/cross-validation-state.js";
import { attachChosen, createStaging, stagingOf } from "./epoch-staging.js";
import { electEpoch } from "./epoch-vote.js";
import { copyProbabilities, crossValidationKey } from "./probabilities.js";

/** A fold's out-of-sample predictions. */
export interface FoldPredictions {
  readonly fold: number;
  /** Ordinals of the fold's samples, (m). */
  readonly ordinals: Int32Array;
  /** Their given class indices, (m). */
  readonly labels: Int32Array;
  /**
   * Row-major (m, classCount); row j belongs to `ordinals[j]`. If the run's folds vote: one for
   * every evaluated epoch, or a single array if there was one epoch.
   */
  readonly probs: Float32Array | readonly EpochPredictions[];
  readonly classCount: number;
}

/**
 * The predictions of one epoch; `probs` is called when they are written, so that one epoch at a
 * time is in memory.
 */
export interface EpochPredictions {
  readonly epoch: number;
  probs(): Promise<Float32Array>;
}

export interface FoldMetrics {
  readonly trainRows: number;
  readonly testRows: number;
  /** On the held-out rows, against the given labels. */
  readonly accuracy: number;
  readonly loss: number;
  readonly epochs: readonly FoldEpoch[];
  readonly seconds: number;
  readonly backend: Record<string, unknown>;
}

/** Figures of an evaluated epoch; those against the given labels decide the vote. */
export interface FoldEpoch {
  readonly epoch: number;
  /** Null in a stored row if it was not finite. */
  readonly heldOutLoss: number | null;
  readonly heldOutAccuracy: number;
  readonly [name: string]: unknown;
}

/**
 * Writes a fold's probabilities and ends its task, in one transaction. It replaces the fold's rows,
 * so a retried fold has no row twice. The last fold makes the cross-validation ready and queues the
 * pruning that was requested with it; if the folds vote, it counts the votes first. Throws
 * `StaleClaimError`; nothing is written then.
 */
export async function writeFold(
  store: Store,
  claim: Claim,
  predictions: FoldPredictions,
  metrics: FoldMetrics,
): Promise<void> {
  const { fold } = predictions;
  await writeClaimed(store, claim, async (tx) => {
    const tables = await tablesOf(store, claim, predictions, metrics);
    const key = await crossValidationKey(tx, claim.crossValidationId!);
    const { ordinals, labels } = predictions;
    const folds = new Uint8Array(ordinals.length).fill(fold);
    for (const { table, read } of tables) {
      await tx.query(`DELETE FROM ${table} WHERE fold = $1`, [fold]);
      const batch = { ordinals, folds, labels, probs: await read() };
      await copyProbabilities(tx, { key, table }, predictions.classCount, [batch]);
    }
    await writeFigures(tx, claim.crossValidationId!, fold, metrics);
    await succeedTask(tx, claim, {
      metrics: { accuracy: metrics.accuracy, loss: metrics.loss },
      result: () => finishCrossValidation(tx, claim),
    });
  });
}

/** Writes what a fold's row says of its training. */
export async function writeFigures(
  tx: Transaction,
  crossValidationId: string,
  fold: number,
  { trainRows, testRows, accuracy, loss, epochs, seconds, backend }: FoldMetrics,
): Promise<void> {
  await tx.query(
    `UPDATE folds SET train_rows = $3, test_rows = $4, accuracy = $5, loss = $6, epochs = $7,
       seconds = $8, backend = $9, finished_at = clock_timestamp()
     WHERE cross_validation_id = $1 AND fold = $2`,
    [
      crossValidationId,
      fold,
      trainRows,
      testRows,
      accuracy,
      loss,
      JSON.stringify(epochs),
      seconds,
      JSON.stringify(backend),
    ],
  );
}

interface FoldTable {
  readonly table: string;
  read(): Promise<Float32Array>;
}

/** The tables of a fold's rows: the run's partition, or one table for each epoch of a vote. */
async function tablesOf(
  store: Store,
  claim: Claim,
  { probs }: FoldPredictions,
  { epochs }: FoldMetrics,
): Promise<FoldTable[]> {
  // In a transaction of its own, so that a COPY does not hold the job's lock.
  return withTransaction(store, async (tx) => {
    const { key, voted } = await runOf(tx, claim.crossValidationId!);
    if (!voted) {
      const table = partitionOf("fold_probabilities", key);
      if (probs instanceof Float32Array) return [{ table, read: async () => probs }];
      const [only, ...more] = probs;
      if (!only || more.length > 0) throw new Error(`${probs.length} epochs, and no vote`);
      return [{ table, read: only.probs }];
    }
    const several = probs instanceof Float32Array ? oneEpoch(probs, epochs) : probs;
    const names = several.map(({ epoch }) => epoch);
    if (String(names) !== String(epochs.map(({ epoch }) => epoch))) {
      throw new Error(`predictions of the epochs ${names}, figures of others`);
    }
    // A run that has ended gets no tables: they were dropped.
    const job = await lockJob(tx, claim.jobId);
    if (job?.state !== "running") throw new StaleClaimError(claim);
    await createStaging(tx, key, names);
    return several.map(({ epoch, probs: read }) => ({ table: stagingOf(key, epoch), read }));
  });
}

function oneEpoch(probs: Float32Array, epochs: readonly FoldEpoch[]): EpochPredictions[] {
  return epochs.slice(-1).map(({ epoch }) => ({ epoch, probs: async () => probs }));
}

async function runOf(tx: Transaction, id: string): Promise<{ key: number; voted: boolean }> {
  const { rows } = await tx.query<{ key: number; voted: boolean }>(
    "SELECT key, epoch_choice = 'vote' AS voted FROM cross_validations WHERE id = $1",
    [id],
  );
  if (!rows[0]) throw new Error(`there is no cross-validation ${id}`);
  return rows[0];
}

/**
 * Counts the folds' votes, in the last fold's transaction: the elected epoch's rows become the
 * run's.
 */
async function takeVote(tx: Transaction, claim: Claim, key: number): Promise<void> {
  const id = claim.crossValidationId!;
  const { rows } = await tx.query<{ fold: number; test_rows: number; epochs: FoldEpoch[] }>(
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
 * Ends a cross-validation whose last probabilities were written in this transaction: checks that
 * every sample has its row, makes it ready, and queues the requested pruning. Returns the job's
 * result.
 */
export async function finishCrossValidation(
  tx: Transaction,
  claim: Claim,
): Promise<Record<string, unknown>> {
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
    rows: have,
    accuracy,
    pruningJobId,
    pruningId,
  };
}
