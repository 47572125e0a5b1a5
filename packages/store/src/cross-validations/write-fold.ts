import { type Store, type Transaction, withTransaction } from "../database/client.js";
import { partitionOf } from "../database/partitions.js";
import { type Claim, StaleClaimError } from "../queue/claim.js";
import { writeClaimed } from "../queue/claimed-write.js";
import { lockJob } from "../queue/job-changes.js";
import { succeedTask } from "../queue/task-ends.js";
import { createStaging, stagingOf } from "./epoch-staging.js";
import {
  type AfterFolds,
  finishCrossValidation,
  goOn,
  NOTHING_AFTER,
  runOf,
} from "./finish-run.js";
import { openLinearPart } from "./linear-part.js";
import { copyProbabilities } from "./probabilities.js";

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
  /** Of the linear part alone, as `probs`; null or left out where there is none. */
  readonly linear?: Float32Array | null;
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
  after: AfterFolds = NOTHING_AFTER,
): Promise<void> {
  const { fold } = predictions;
  const write = async (tx: Transaction, tables: readonly FoldTable[]) => {
    const { ordinals, labels } = predictions;
    const folds = new Uint8Array(ordinals.length).fill(fold);
    for (const { key, table, read } of tables) {
      await tx.query(`DELETE FROM ${table} WHERE fold = $1`, [fold]);
      const batch = { ordinals, folds, labels, probs: await read() };
      await copyProbabilities(tx, { key, table }, predictions.classCount, [batch]);
    }
    await writeFigures(tx, claim.crossValidationId!, fold, metrics);
    await succeedTask(tx, claim, {
      metrics: { accuracy: metrics.accuracy, loss: metrics.loss },
      next: () => goOn(tx, claim, after),
      result: () => finishCrossValidation(tx, claim),
    });
  };
  await writeClaimed(store, claim, write, () => tablesOf(store, claim, predictions, metrics));
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
  /** Of the run that its rows belong to. */
  readonly key: number;
  readonly table: string;
  read(): Promise<Float32Array>;
}

/**
 * The tables of a fold's rows: the run's partition, or one table for each epoch of a vote; and the
 * partition of the linear part.
 */
async function tablesOf(
  store: Store,
  claim: Claim,
  { probs, linear }: FoldPredictions,
  { epochs }: FoldMetrics,
): Promise<FoldTable[]> {
  // In a transaction of its own, so that a COPY does not hold the job's lock.
  return withTransaction(store, async (tx) => {
    const { key, voted } = await runOf(tx, claim.crossValidationId!);
    if (!voted && !linear) return [runsTable(key, probs)];
    // A run that has ended gets no tables: they were dropped.
    const job = await lockJob(tx, claim.jobId);
    if (job?.state !== "running") throw new StaleClaimError(claim);
    const tables = voted ? await votesTables(tx, key, probs, epochs) : [runsTable(key, probs)];
    if (!linear) return tables;
    const part = await openLinearPart(tx, claim.crossValidationId!);
    return [...tables, runsTable(part, linear)];
  });
}

function runsTable(key: number, probs: FoldPredictions["probs"]): FoldTable {
  const table = partitionOf("fold_probabilities", key);
  if (probs instanceof Float32Array) return { key, table, read: async () => probs };
  const [only, ...more] = probs;
  if (!only || more.length > 0) throw new Error(`${probs.length} epochs, and no vote`);
  return { key, table, read: only.probs };
}

async function votesTables(
  tx: Transaction,
  key: number,
  probs: FoldPredictions["probs"],
  epochs: readonly FoldEpoch[],
): Promise<FoldTable[]> {
  const several = probs instanceof Float32Array ? oneEpoch(probs, epochs) : probs;
  const names = several.map(({ epoch }) => epoch);
  if (String(names) !== String(epochs.map(({ epoch }) => epoch))) {
    throw new Error(`predictions of the epochs ${names}, figures of others`);
  }
  await createStaging(tx, key, names);
  return several.map(({ epoch, probs: read }) => ({ key, table: stagingOf(key, epoch), read }));
}

function oneEpoch(probs: Float32Array, epochs: readonly FoldEpoch[]): EpochPredictions[] {
  return epochs.slice(-1).map(({ epoch }) => ({ epoch, probs: async () => probs }));
}
