import { poolOf, type Store, streamsOf, type Transaction } from "../database/client.js";
import { copyIn, copyOut } from "../database/copy-binary.js";
import { partitionOf } from "../database/partitions.js";

/** Rows of out-of-sample probabilities to write; row j belongs to `ordinals[j]`. */
export interface ProbabilityBatch {
  /** (m) */
  readonly ordinals: Int32Array;
  /** (m) */
  readonly folds: Uint8Array;
  /** (m) given class indices. */
  readonly labels: Int32Array;
  /** Row-major (m, classCount). */
  readonly probs: Float32Array;
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

/** COPYs a run's rows into `table`, argmax and self-confidence beside the bytes. */
export function copyProbabilities(
  tx: Transaction,
  { key, table }: { key: number; table: string },
  classCount: number,
  batches: Iterable<ProbabilityBatch> | AsyncIterable<ProbabilityBatch>,
): Promise<number> {
  const width = classCount * 4;
  return copyIn(tx, table, COLUMNS, rowsOf(batches), (row, { batch, bytes, j }) => {
    const { probs } = batch;
    const from = j * classCount;
    const given = batch.labels[j]!;
    let argmax = 0;
    for (let k = 1; k < classCount; k++) {
      if (probs[from + k]! > probs[from + argmax]!) argmax = k;
    }
    row
      .int4(key)
      .int4(batch.ordinals[j]!)
      .int2(batch.folds[j]!)
      .int4(given)
      .int4(argmax)
      .float4(probs[from + given]!)
      .bytes(bytes.subarray(j * width, (j + 1) * width));
  });
}

interface BatchRow {
  readonly batch: ProbabilityBatch;
  readonly bytes: Uint8Array;
  j: number;
}

async function* rowsOf(batches: Iterable<ProbabilityBatch> | AsyncIterable<ProbabilityBatch>) {
  for await (const batch of batches) yield rowsOfBatch(batch);
}

function* rowsOfBatch(batch: ProbabilityBatch): Generator<BatchRow> {
  const { probs } = batch;
  const bytes = new Uint8Array(probs.buffer, probs.byteOffset, probs.byteLength);
  const row: BatchRow = { batch, bytes, j: 0 };
  for (; row.j < batch.ordinals.length; row.j++) yield row;
}

/** How many rows of a given class were predicted as which. */
export interface ConfusionCell {
  readonly given: number;
  readonly argmax: number;
  readonly rows: number;
}

/** The cells of a finished run's confusion matrix that have rows. */
export async function readConfusion(store: Store, id: string): Promise<ConfusionCell[]> {
  const { rows } = await poolOf(store).query<ConfusionCell>(
    `SELECT given, argmax, count(*)::float8 AS rows FROM fold_probabilities
     WHERE cross_validation_key = (SELECT key FROM cross_validations WHERE id = $1)
     GROUP BY given, argmax`,
    [id],
  );
  return rows;
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
 * has memory of its own. Ending the iteration early closes the connection.
 */
export async function* readProbabilityBlocks(
  store: Store,
  crossValidationId: string,
  classCount: number,
  blockRows = 4096,
): AsyncGenerator<StoredBlock> {
  const tx = await streamsOf(store).connect();
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

/**
 * Some consecutive rows' probabilities, (rows, classCount). It holds no connection between calls, so
 * many runs can be read side by side.
 */
export async function readProbabilityRows(
  store: Store,
  crossValidationId: string,
  classCount: number,
  { start, rows }: { readonly start: number; readonly rows: number },
): Promise<Float32Array> {
  const { rows: found } = await poolOf(store).query<{ probs: Buffer }>(
    `SELECT probs FROM fold_probabilities
     WHERE cross_validation_key = (SELECT key FROM cross_validations WHERE id = $1)
       AND ordinal >= $2 AND ordinal < $3 ORDER BY ordinal`,
    [crossValidationId, start, start + rows],
  );
  const wanted = new Float32Array(rows * classCount);
  const bytes = new Uint8Array(wanted.buffer);
  found.forEach(({ probs }, i) => {
    bytes.set(probs, i * classCount * 4);
  });
  if (found.length !== rows) {
    throw new Error(
      `${crossValidationId} has ${found.length} of the rows from ${start} to ${start + rows}`,
    );
  }
  return wanted;
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
  // Ordered by the whole primary key: ordinal alone would be sorted instead of read off the index.
  const query = `SELECT given, fold, probs FROM ${partition} ORDER BY cross_validation_key, ordinal`;
  const chunks = copyOut(tx, query, 3, ({ view, offsets, lengths }) => {
    if (lengths[2] !== width) {
      throw new Error(`a row of ${partition} holds ${lengths[2]} bytes, not ${width}`);
    }
    block.labels[block.rows] = view.readInt32BE(offsets[0]!);
    block.folds[block.rows] = view.readInt16BE(offsets[1]!);
    const at = offsets[2]!;
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

/** The integer that the run's partition is named after. */
export async function crossValidationKey(tx: Transaction, id: string): Promise<number> {
  const { rows } = await tx.query<{ key: number }>(
    "SELECT key FROM cross_validations WHERE id = $1",
    [id],
  );
  if (!rows[0]) throw new Error(`there is no cross-validation ${id}`);
  return rows[0].key;
}
