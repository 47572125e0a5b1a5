// The layout of rows on disk; see Postgres' manual, "Database Page Layout".
const PAGE_BYTES = 8192;
const PAGE_HEADER_BYTES = 24;
const ITEM_POINTER_BYTES = 4;
const ROW_HEADER_BYTES = 24;
/** Of `fold_probabilities`: what stands before the probabilities, padded, and their length word. */
const FIXED_BYTES = 4 + 4 + 4 + 4 + 4 + 4 + 4;
/** An entry of the primary key's index: folds arrive one after the other and leave pages half full. */
const INDEX_ENTRY_BYTES = 36;

/** Bytes on disk of (rows, classes) probabilities with their index, in a partition of their own. */
export const probabilityBytes = (rows: number, classes: number): number =>
  tableBytes(rows, ROW_HEADER_BYTES + FIXED_BYTES + 4 * classes) + rows * INDEX_ENTRY_BYTES;

/** Of `samples`: the columns but the text, the row's header with its map of nulls, two empty arrays. */
const SAMPLE_BYTES = 32 + 4 + 4 + 8 + 4 + 4 + 2 * 13;
/** Rows arrive in the order of their key: pages are nine tenths full. */
const SAMPLE_INDEX_BYTES = 22;

/** Bytes on disk of a dataset's rows, without kept columns, ids of one's own and votes. */
export function sampleBytes(rows: number, textBytes: number): number {
  const length = textBytes < 127 ? 1 : 4;
  return tableBytes(rows, SAMPLE_BYTES + length + textBytes) + rows * SAMPLE_INDEX_BYTES;
}

/** Of `flags`: the columns, the reason as JSON and two indexes. */
const FLAG_BYTES = 400;

/** Bytes on disk of so many flags, about. */
export const flagBytes = (flags: number): number => flags * FLAG_BYTES;

/** A row stands in one page, aligned to 8 bytes, with a pointer to it. */
function tableBytes(rows: number, rowBytes: number): number {
  const row = Math.ceil(rowBytes / 8) * 8 + ITEM_POINTER_BYTES;
  const perPage = Math.max(1, Math.floor((PAGE_BYTES - PAGE_HEADER_BYTES) / row));
  return Math.ceil(rows / perPage) * PAGE_BYTES;
}
