import { locateRow } from "../format/locate-row.js";
import { type RowBlock, RowBlockWriter } from "./row-block.js";
import { RowBlockError } from "./row-block-error.js";
import { areVotes, flatVotes, largestVotedClass, type Vote } from "./votes.js";

/** A row's values by column of its file; null where there is none. */
export type Cells = readonly (string | null)[];

export interface SampleRow {
  readonly ordinal: number;
  readonly line: number;
  readonly externalId: string | null;
  readonly text: string;
  readonly classIndex: number;
  readonly trueClassIndex: number | null;
  /** Under the label policy "all": every class, `classIndex` first. */
  readonly allClassIndexes?: readonly number[];
  /** Values of the file's columns, in the order of the layout; absent if there are none. */
  readonly cells?: Cells;
  /** Where several annotators labelled rows: who gave it which class. */
  readonly votes?: readonly Vote[];
  /** How probable the class is, where it is a consensus; in [0, 1]. */
  readonly labelQuality?: number | null;
}

export const SAMPLE_COLUMNS = [
  "dataset_key",
  "ordinal",
  "line",
  "external_id",
  "text",
  "class_index",
  "true_class_index",
  "all_class_indexes",
  "cells",
  "votes",
  "label_quality",
] as const;

const [KEY, ORDINAL, LINE, ID, TEXT, CLASS, TRUE_CLASS, ALL_CLASSES, CELLS, VOTES, QUALITY] =
  SAMPLE_COLUMNS.keys();

/** Whoever writes samples need not know their dataset. */
const NO_KEY = 0;

const NONE: readonly number[] = [];

export const sampleWriter = (): RowBlockWriter<SampleRow> =>
  new RowBlockWriter(SAMPLE_COLUMNS.length, (row, sample) => {
    row
      .int4(NO_KEY)
      .int4(sample.ordinal)
      .int4(sample.line)
      .text(sample.externalId)
      .text(sample.text)
      .int4(sample.classIndex)
      .int4(sample.trueClassIndex)
      .int4Array(sample.allClassIndexes ?? NONE);
    // As one text: Postgres receives it faster than an array.
    if (sample.cells) row.jsonTexts(sample.cells);
    else row.null();
    row.int4Array(sample.votes ? flatVotes(sample.votes) : NONE);
    row.float4(sample.labelQuality ?? null);
  });

/** Where the next block has to go on, and the largest class index so far, -1 before the first row. */
export interface SamplesSoFar {
  rows: number;
  maxClass: number;
}

/**
 * The block's bytes as rows of the dataset `key`: the key is written into them. Each row must have the fields of a sample
 * and the ordinal after that of the row before. `soFar` grows by the block. Throws `RowBlockError`.
 */
export function ownedSamples(block: RowBlock, key: number, soFar: SamplesSoFar): Buffer {
  const { bytes } = block;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsets = new Int32Array(SAMPLE_COLUMNS.length);
  const lengths = new Int32Array(SAMPLE_COLUMNS.length);
  let at = 0;
  for (let row = 0; row < block.rows; row++) {
    const next = fieldsAt(view, at) ? locateRow(view, at, offsets, lengths) : -1;
    if (next < 0 || !isSample(view, offsets, lengths, soFar.rows)) {
      throw new RowBlockError(`the row after ${soFar.rows} samples is no sample`);
    }
    view.writeInt32BE(key, offsets[KEY!]!);
    const largest = Math.max(
      largestVotedClass(view, offsets[VOTES!]!, lengths[VOTES!]!),
      view.readInt32BE(offsets[CLASS!]!),
      lengths[TRUE_CLASS!] === 4 ? view.readInt32BE(offsets[TRUE_CLASS!]!) : 0,
    );
    if (largest > soFar.maxClass) soFar.maxClass = largest;
    soFar.rows += 1;
    at = next;
  }
  if (at !== view.length) throw new RowBlockError("a block of samples has bytes after its rows");
  return view;
}

const fieldsAt = (view: Buffer, at: number): boolean =>
  at + 2 <= view.length && view.readInt16BE(at) === SAMPLE_COLUMNS.length;

function isSample(
  view: Buffer,
  offsets: Int32Array,
  lengths: Int32Array,
  ordinal: number,
): boolean {
  const lengthOf = (column: number | undefined) => lengths[column!]!;
  const int4 = (column: number | undefined) => view.readInt32BE(offsets[column!]!);
  return (
    lengthOf(KEY) === 4 &&
    lengthOf(ORDINAL) === 4 &&
    int4(ORDINAL) === ordinal &&
    lengthOf(LINE) === 4 &&
    lengthOf(ID) >= -1 &&
    lengthOf(TEXT) >= 0 &&
    lengthOf(CLASS) === 4 &&
    int4(CLASS) >= 0 &&
    (lengthOf(TRUE_CLASS) === -1 || (lengthOf(TRUE_CLASS) === 4 && int4(TRUE_CLASS) >= 0)) &&
    lengthOf(ALL_CLASSES) >= 0 &&
    lengthOf(CELLS) >= -1 &&
    areVotes(view, offsets[VOTES!]!, lengthOf(VOTES)) &&
    (lengthOf(QUALITY) === -1 || lengthOf(QUALITY) === 4)
  );
}
