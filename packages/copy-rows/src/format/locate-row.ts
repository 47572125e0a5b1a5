/**
 * Fills offsets and lengths of the row at `at`; returns where the next row begins, -1 if
 * incomplete.
 */
export function locateRow(
  view: Buffer,
  at: number,
  offsets: Int32Array,
  lengths: Int32Array,
): number {
  if (at + 2 > view.length || view.readInt16BE(at) === -1) return -1;
  let p = at + 2;
  for (let c = 0; c < lengths.length; c++) {
    if (p + 4 > view.length) return -1;
    const length = view.readInt32BE(p);
    p += 4;
    offsets[c] = p;
    lengths[c] = length;
    if (length > 0) p += length;
    if (p > view.length) return -1;
  }
  return p;
}
