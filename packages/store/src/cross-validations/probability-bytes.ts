// The layout of a row of `fold_probabilities` on disk; see Postgres' manual, "Database Page Layout".
const PAGE_BYTES = 8192;
const PAGE_HEADER_BYTES = 24;
const ITEM_POINTER_BYTES = 4;
const ROW_HEADER_BYTES = 24;
/** The columns before the probabilities, padded, and the length word of the probabilities. */
const FIXED_BYTES = 4 + 4 + 4 + 4 + 4 + 4 + 4;
/** An entry of the primary key's index: folds arrive one after the other and leave pages half full. */
const INDEX_ENTRY_BYTES = 36;

/** Bytes on disk of (rows, classes) probabilities with their index, in a partition of their own. */
export function probabilityBytes(rows: number, classes: number): number {
  const row =
    Math.ceil((ROW_HEADER_BYTES + FIXED_BYTES + 4 * classes) / 8) * 8 + ITEM_POINTER_BYTES;
  const perPage = Math.max(1, Math.floor((PAGE_BYTES - PAGE_HEADER_BYTES) / row));
  return Math.ceil(rows / perPage) * PAGE_BYTES + rows * INDEX_ENTRY_BYTES;
}
