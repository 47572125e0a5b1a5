import type { SampleRow } from "@winnow/copy-rows";
import { poolOf, type Store, type Transaction, withTransaction } from "../database/client.js";
import { type CopyRow, copyOut } from "../database/copy-binary.js";
import { partitionOf } from "../database/partitions.js";
import { readCells } from "./cells.js";

/** What a fold's training reads: row i is the sample of ordinal i. */
export interface TrainingData {
  readonly texts: string[];
  /** Class indices, (n). */
  readonly labels: Int32Array;
  readonly classCount: number;
}

/** Reads a ready dataset's texts and labels in input order. */
export async function readTrainingData(store: Store, datasetId: string): Promise<TrainingData> {
  const texts: string[] = [];
  return { ...(await readTexts(store, datasetId, (text) => texts.push(text))), texts };
}

/** Reads a ready dataset's labels, (n), and hands every text to `use`, in input order. */
export async function readTexts(
  store: Store,
  datasetId: string,
  use: (text: string) => unknown,
): Promise<Omit<TrainingData, "texts">> {
  return withTransaction(store, async (tx) => {
    const { key, rows, classCount } = await datasetSize(tx, datasetId);
    const labels = new Int32Array(rows);
    let n = 0;
    // Ordered by the whole primary key: ordinal alone would be sorted instead of read off the index.
    const query = `SELECT text, class_index FROM ${partitionOf("samples", key)}
      ORDER BY dataset_key, ordinal`;
    const chunks = copyOut(tx, query, 2, ({ view, offsets, lengths }) => {
      const at = offsets[0]!;
      use(view.toString("utf8", at, at + lengths[0]!));
      labels[n++] = view.readInt32BE(offsets[1]!);
    });
    for await (const _ of chunks);
    if (n !== rows) throw new Error(`dataset ${datasetId} says ${rows} rows but holds ${n}`);
    return { labels, classCount };
  });
}

/** A ready dataset's given class indices, (n), in input order. */
export async function readLabels(
  store: Store,
  datasetId: string,
): Promise<{ labels: Int32Array; classCount: number }> {
  return withTransaction(store, async (tx) => {
    const { key, rows, classCount } = await datasetSize(tx, datasetId);
    const labels = new Int32Array(rows);
    let n = 0;
    const query = `SELECT class_index FROM ${partitionOf("samples", key)}
      ORDER BY dataset_key, ordinal`;
    const chunks = copyOut(tx, query, 1, ({ view, offsets }) => {
      labels[n++] = view.readInt32BE(offsets[0]!);
    });
    for await (const _ of chunks);
    return { labels, classCount };
  });
}

/**
 * A dataset's true class indices, (n), in input order, -1 for none; null if it has no true labels.
 */
export async function readTrueLabels(store: Store, datasetId: string): Promise<Int32Array | null> {
  return withTransaction(store, async (tx) => {
    const { key, rows, hasTrueLabels } = await datasetSize(tx, datasetId);
    if (!hasTrueLabels) return null;
    const labels = new Int32Array(rows);
    let n = 0;
    const query = `SELECT coalesce(true_class_index, -1) FROM ${partitionOf("samples", key)}
      ORDER BY dataset_key, ordinal`;
    const chunks = copyOut(tx, query, 1, ({ view, offsets }) => {
      labels[n++] = view.readInt32BE(offsets[0]!);
    });
    for await (const _ of chunks);
    return labels;
  });
}

/** How many rows and classes a ready dataset has. */
export async function readDatasetShape(
  store: Store,
  datasetId: string,
): Promise<{ rows: number; classCount: number }> {
  return withTransaction(store, (tx) => datasetSize(tx, datasetId));
}

/** A text and its given class index. */
export interface LabelledText {
  readonly text: string;
  readonly label: number;
}

/** Streams a ready dataset's texts and labels in input order, in batches. The consumer may stop early. */
export const readTextRows = (
  store: Store,
  datasetId: string,
): AsyncGenerator<readonly LabelledText[]> =>
  readBatches(store, datasetId, ["text", "class_index"], (row) => ({
    text: text(row, 0)!,
    label: int4(row, 1)!,
  }));

const SAMPLE_COLUMNS = [
  ...["ordinal", "line", "external_id", "text", "class_index", "true_class_index"],
  ...["all_class_indexes", "cells", "votes", "label_quality"],
] as const;

/** Streams a ready dataset's samples in input order, in batches. The consumer may stop early. */
export const readSampleRows = (
  store: Store,
  datasetId: string,
): AsyncGenerator<readonly SampleRow[]> =>
  readBatches(store, datasetId, SAMPLE_COLUMNS, (row) => {
    const cells = readCells(text(row, 7));
    return {
      ordinal: int4(row, 0)!,
      line: int4(row, 1)!,
      externalId: text(row, 2),
      text: text(row, 3)!,
      classIndex: int4(row, 4)!,
      trueClassIndex: int4(row, 5),
      allClassIndexes: int4Array(row, 6),
      ...(cells ? { cells } : {}),
      ...votesOf(row, 8),
      labelQuality: row.lengths[9] === -1 ? null : row.view.readFloatBE(row.offsets[9]!),
    };
  });

async function* readBatches<T>(
  store: Store,
  datasetId: string,
  columns: readonly string[],
  toItem: (row: CopyRow) => T,
): AsyncGenerator<readonly T[]> {
  const tx = await poolOf(store).connect();
  let whole = false;
  try {
    const { key, rows } = await datasetSize(tx, datasetId);
    let n = 0;
    let batch: T[] = [];
    const query = `SELECT ${columns.join(", ")} FROM ${partitionOf("samples", key)}
      ORDER BY dataset_key, ordinal`;
    const chunks = copyOut(tx, query, columns.length, (row) => {
      batch.push(toItem(row));
    });
    for await (const _ of chunks) {
      n += batch.length;
      yield batch;
      batch = [];
    }
    if (n !== rows) throw new Error(`dataset ${datasetId} says ${rows} rows but holds ${n}`);
    whole = true;
  } finally {
    // A COPY that was not read to its end leaves the connection unusable.
    tx.release(!whole);
  }
}

const int4 = ({ view, offsets, lengths }: CopyRow, column: number): number | null =>
  lengths[column] === -1 ? null : view.readInt32BE(offsets[column]!);

/** Items of a one-dimensional int4[]: a head of five words, then a length and a value per item. */
function int4Array({ view, offsets, lengths }: CopyRow, column: number): number[] {
  const count = Math.max(0, (lengths[column]! - 20) / 8);
  const at = offsets[column]! + 20;
  return Array.from({ length: count }, (_, i) => view.readInt32BE(at + i * 8 + 4));
}

/** Annotator and class by turns. */
function votesOf(row: CopyRow, column: number): Pick<SampleRow, "votes"> {
  const flat = int4Array(row, column);
  if (flat.length === 0) return {};
  const vote = (i: number) => ({ annotator: flat[2 * i]!, classIndex: flat[2 * i + 1]! });
  return { votes: Array.from({ length: flat.length / 2 }, (_, i) => vote(i)) };
}

function text({ view, offsets, lengths }: CopyRow, column: number): string | null {
  const length = lengths[column]!;
  const at = offsets[column]!;
  return length === -1 ? null : view.toString("utf8", at, at + length);
}

async function datasetSize(tx: Transaction, datasetId: string) {
  const { rows } = await tx.query<{
    key: number;
    rows: number;
    class_count: number;
    has_true_labels: boolean;
  }>(
    `SELECT key, rows, class_count, has_true_labels FROM datasets
     WHERE id = $1 AND state = 'ready'`,
    [datasetId],
  );
  const row = rows[0];
  if (!row) throw new Error(`dataset ${datasetId} is not ready`);
  return {
    key: row.key,
    rows: row.rows,
    classCount: row.class_count,
    hasTrueLabels: row.has_true_labels,
  };
}
