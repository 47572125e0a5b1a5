/** A block whose bytes are not the rows that it should hold: whoever wrote it is broken or hostile. */
export class RowBlockError extends Error {
  override readonly name = "RowBlockError";
}
