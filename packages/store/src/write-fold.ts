import type { Claim } from "./claim.js";
import { writeClaimed } from "./claimed-write.js";
import type { Store, Transaction } from "./client.js";
import { insertPruning } from "./create-jobs.js";
import { partitionOf } from "./partitions.js";
import { copyProbabilities, crossValidationKey } from "./probabilities.js";
import { pruningAskedFor, succeedTask } from "./task-ends.js";

/** A fold's out-of-sample predictions. */
export interface FoldPredictions {
  readonly fold: number;
  /** Ordinals of the fold's samples, (m). */
  readonly ordinals: Int32Array;
  /** Their given class indices, (m). */
  readonly labels: Int32Array;
  /** Row-major (m, classCount); row j belongs to `ordinals[j]`. */
  readonly probs: Float32Array;
  readonly classCount: number;
}

export interface FoldMetrics {
  readonly trainRows: number;
  readonly testRows: number;
  /** Against the given labels, on the held-out rows. */
  readonly accuracy: number;
  readonly loss: number;
  readonly epochs: readonly Record<string, unknown>[];
  readonly seconds: number;
  readonly backend: Record<string, unknown>;
}

/**
 * Writes a fold's probabilities and ends its task, in one transaction: the fold's rows are
 * replaced, so a retried fold writes no row twice. The last fold makes the cross-validation ready
 * and queues the pruning that was asked for. Throws `StaleClaimError`; then nothing was written.
 */
export async function writeFold(
  store: Store,
  claim: Claim,
  predictions: FoldPredictions,
  metrics: FoldMetrics,
): Promise<void> {
  const { fold } = predictions;
  await writeClaimed(store, claim, async (tx) => {
    const key = await crossValidationKey(tx, claim.crossValidationId as string);
    const partition = partitionOf("fold_probabilities", key);
    await tx.query(`DELETE FROM ${partition} WHERE fold = $1`, [fold]);
    const { ordinals, labels, probs } = predictions;
    const folds = new Uint8Array(ordinals.length).fill(fold);
    await copyProbabilities(tx, key, predictions.classCount, [{ ordinals, folds, labels, probs }]);
    await tx.query(
      `UPDATE folds SET train_rows = $3, test_rows = $4, accuracy = $5, loss = $6, epochs = $7,
         seconds = $8, backend = $9, finished_at = clock_timestamp()
       WHERE cross_validation_id = $1 AND fold = $2`,
      [
        claim.crossValidationId,
        fold,
        metrics.trainRows,
        metrics.testRows,
        metrics.accuracy,
        metrics.loss,
        JSON.stringify(metrics.epochs),
        metrics.seconds,
        JSON.stringify(metrics.backend),
      ],
    );
    await succeedTask(tx, claim, {
      metrics: { accuracy: metrics.accuracy, loss: metrics.loss },
      result: () => finishCrossValidation(tx, claim),
    });
  });
}

/**
 * Ends a cross-validation whose last probabilities were written in this transaction: checks that
 * every sample has its row, makes it ready, queues the pruning asked for. Returns the job's result.
 */
export async function finishCrossValidation(
  tx: Transaction,
  claim: Claim,
): Promise<Record<string, unknown>> {
  const id = claim.crossValidationId as string;
  const partition = partitionOf("fold_probabilities", await crossValidationKey(tx, id));
  const counted = await tx.query<{ have: number; want: number }>(
    `SELECT (SELECT count(*)::int FROM ${partition}) AS have, rows AS want
     FROM cross_validations WHERE id = $1`,
    [id],
  );
  const { have, want } = counted.rows[0] as { have: number; want: number };
  if (have !== want) throw new Error(`${id} has ${have} probability rows for ${want} samples`);
  const { rows } = await tx.query<{ accuracy: number }>(
    `UPDATE cross_validations SET state = 'ready', finished_at = clock_timestamp(),
       accuracy = (SELECT avg((argmax = given)::int)::float8 FROM ${partition}),
       backend = (SELECT backend FROM folds WHERE cross_validation_id = $1 ORDER BY fold LIMIT 1)
     WHERE id = $1 RETURNING accuracy`,
    [id],
  );
  const asked = pruningAskedFor(claim);
  const pruningJobId = asked
    ? await insertPruning(tx, claim.datasetId, id, asked, claim.jobId)
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
    accuracy: rows[0]?.accuracy ?? null,
    pruningJobId,
    pruningId,
  };
}
