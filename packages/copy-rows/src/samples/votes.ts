/** The class that an annotator, a number from 0, gave a row. */
export interface Vote {
  readonly annotator: number;
  readonly classIndex: number;
}

/** As they are stored, an int4[]: annotator and class by turns. */
export function flatVotes(votes: readonly Vote[]): number[] {
  const flat: number[] = [];
  for (const { annotator, classIndex } of votes) flat.push(annotator, classIndex);
  return flat;
}

// An int4[] as COPY has it: dimensions, null flag and element type; with items their number and lower
// bound, then length and value of each.
const HEAD_BYTES = 12;
const ITEMS_AT = 20;
const ITEM_BYTES = 8;

/** Whether the field at `at` holds votes: pairs of numbers from 0. */
export function areVotes(view: Buffer, at: number, length: number): boolean {
  if (length === HEAD_BYTES) return view.readInt32BE(at) === 0;
  const items = (length - ITEMS_AT) / ITEM_BYTES;
  if (!Number.isInteger(items) || items < 2 || items % 2 !== 0) return false;
  if (view.readInt32BE(at) !== 1 || view.readInt32BE(at + HEAD_BYTES) !== items) return false;
  for (let item = at + ITEMS_AT; item < at + length; item += ITEM_BYTES) {
    if (view.readInt32BE(item) !== 4 || view.readInt32BE(item + 4) < 0) return false;
  }
  return true;
}

/** Of a field that holds votes; -1 without any. */
export function largestVotedClass(view: Buffer, at: number, length: number): number {
  let largest = -1;
  for (let item = at + ITEMS_AT + ITEM_BYTES; item < at + length; item += 2 * ITEM_BYTES) {
    largest = Math.max(largest, view.readInt32BE(item + 4));
  }
  return largest;
}
