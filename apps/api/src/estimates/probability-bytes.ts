// How Postgres lays a row of `fold_probabilities` out; see its manual, "Database Page Layout".
const pageBytes = 8192;
const pageHeaderBytes = 24;
const itemPointerBytes = 4;
const rowHeaderBytes = 24;
/** The columns before the probabilities, padded, and the length of these. */
const fixedBytes = 4 + 4 + 4 + 4 + 4 + 4 + 4;
/** An entry of the primary key's index: folds come in one after the other and leave pages half full. */
const indexEntryBytes = 36;

/** Bytes on disk of (rows, classes) probabilities with their index, in a partition of their own. */
export function probabilityBytes(rows: number, classes: number): number {
  const row = Math.ceil((rowHeaderBytes + fixedBytes + 4 * classes) / 8) * 8 + itemPointerBytes;
  const perPage = Math.max(1, Math.floor((pageBytes - pageHeaderBytes) / row));
  return Math.ceil(rows / perPage) * pageBytes + rows * indexEntryBytes;
}
