import type { Claim } from "./claim.js";
import { type Store, type Transaction, withTransaction } from "./client.js";
import { copyIn, copyOut } from "./copy-binary.js";
import { insertPruning } from "./create-jobs.js";
import { partitionOf } from "./partitions.js";
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

const COLUMNS = [
  "cross_validation_key",
  "ordinal",
  "fold",
  "given",
  "argmax",
  "self_confidence",
  "probs",
];

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
  await withTransaction(store, async (tx) => {
    const key = await crossValidationKey(tx, claim.crossValidationId as string);
    const partition = partitionOf("fold_probabilities", key);
    await tx.query(`DELETE FROM ${partition} WHERE fold = $1`, [fold]);
    await copyFold(tx, partition, key, predictions);
    await tx.query(
      `UPDATE folds SET train_rows = $3, test_rows = $4, accuracy = $5, loss = $6, epochs = $7,
         seconds = $8, backend = $9, finished_at = now()
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
      result: () => finishCrossValidation(tx, claim, partition),
    });
  });
}

async function copyFold(
  tx: Transaction,
  partition: string,
  key: number,
  { fold, ordinals, labels, probs, classCount }: FoldPredictions,
): Promise<void> {
  const bytes = new Uint8Array(probs.buffer, probs.byteOffset, probs.byteLength);
  const width = classCount * 4;
  await copyIn<number>(tx, partition, COLUMNS, [ordinals.keys()], (row, j) => {
    const given = labels[j] as number;
    let argmax = 0;
    for (let k = 1; k < classCount; k++) {
      if ((probs[j * classCount + k] as number) > (probs[j * classCount + argmax] as number)) {
        argmax = k;
      }
    }
    row
      .int4(key)
      .int4(ordinals[j] as number)
      .int2(fold)
      .int4(given)
      .int4(argmax)
      .float4(probs[j * classCount + given] as number)
      .bytes(bytes.subarray(j * width, (j + 1) * width));
  });
}

async function finishCrossValidation(
  tx: Transaction,
  claim: Claim,
  partition: string,
): Promise<Record<string, unknown>> {
  const id = claim.crossValidationId as string;
  const counted = await tx.query<{ have: number; want: number }>(
    `SELECT (SELECT count(*)::int FROM ${partition}) AS have, rows AS want
     FROM cross_validations WHERE id = $1`,
    [id],
  );
  const { have, want } = counted.rows[0] as { have: number; want: number };
  if (have !== want) throw new Error(`${id} has ${have} probability rows for ${want} samples`);
  const { rows } = await tx.query<{ accuracy: number }>(
    `UPDATE cross_validations SET state = 'ready', finished_at = now(),
       accuracy = (SELECT sum(accuracy * test_rows) / sum(test_rows) FROM folds
                   WHERE cross_validation_id = $1),
       backend = (SELECT backend FROM folds WHERE cross_validation_id = $1 ORDER BY fold LIMIT 1)
     WHERE id = $1 RETURNING accuracy`,
    [id],
  );
  const asked = pruningAskedFor(claim);
  const pruningJobId = asked ? await insertPruning(tx, claim.datasetId, id, asked) : null;
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

/** A block of consecutive samples' probabilities, in sample order. */
export interface StoredBlock {
  /** Ordinal of the first row. */
  readonly start: number;
  readonly rows: number;
  /** (rows) given class indices. */
  readonly labels: Int32Array;
  /** (rows) folds. */
  readonly folds: Uint8Array;
  /** Row-major (rows, classCount). */
  readonly probs: Float32Array;
}

/**
 * Streams a cross-validation's probabilities in sample order, in blocks of `blockRows`. Each block
 * is its own memory. Ending the iteration early closes the connection.
 */
export async function* readProbabilityBlocks(
  store: Store,
  crossValidationId: string,
  classCount: number,
  blockRows = 4096,
): AsyncGenerator<StoredBlock> {
  const tx = await store.pool.connect();
  let whole = false;
  try {
    const key = await crossValidationKey(tx, crossValidationId);
    yield* collectBlocks(tx, partitionOf("fold_probabilities", key), classCount, blockRows);
    whole = true;
  } finally {
    // A COPY that was not read to its end leaves the connection unusable.
    tx.release(!whole);
  }
}

async function* collectBlocks(
  tx: Transaction,
  partition: string,
  classCount: number,
  blockRows: number,
): AsyncGenerator<StoredBlock> {
  const width = classCount * 4;
  const ready: StoredBlock[] = [];
  let block = emptyBlock(0, blockRows, classCount);
  const cut = () => {
    ready.push({
      start: block.start,
      rows: block.rows,
      labels: block.labels.subarray(0, block.rows),
      folds: block.folds.subarray(0, block.rows),
      probs: block.probs.subarray(0, block.rows * classCount),
    });
    block = emptyBlock(block.start + block.rows, blockRows, classCount);
  };
  const query = `SELECT given, fold, probs FROM ${partition} ORDER BY ordinal`;
  const chunks = copyOut(tx, query, 3, ({ view, offsets, lengths }) => {
    if (lengths[2] !== width) {
      throw new Error(`a row of ${partition} holds ${lengths[2]} bytes, not ${width}`);
    }
    block.labels[block.rows] = view.readInt32BE(offsets[0] as number);
    block.folds[block.rows] = view.readInt16BE(offsets[1] as number);
    const at = offsets[2] as number;
    block.bytes.set(view.subarray(at, at + width), block.rows * width);
    if (++block.rows === blockRows) cut();
  });
  for await (const _ of chunks) yield* ready.splice(0);
  if (block.rows > 0) cut();
  yield* ready;
}

function emptyBlock(start: number, blockRows: number, classCount: number) {
  const probs = new Float32Array(blockRows * classCount);
  return {
    start,
    rows: 0,
    labels: new Int32Array(blockRows),
    folds: new Uint8Array(blockRows),
    probs,
    bytes: new Uint8Array(probs.buffer),
  };
}

async function crossValidationKey(tx: Transaction, id: string): Promise<number> {
  const { rows } = await tx.query<{ key: number }>(
    "SELECT key FROM cross_validations WHERE id = $1",
    [id],
  );
  if (!rows[0]) throw new Error(`there is no cross-validation ${id}`);
  return rows[0].key;
}
