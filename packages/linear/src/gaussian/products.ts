/** A matrix in an array: row i starts at `at + i * stride`. */
export interface Rows {
  readonly values: Float64Array;
  readonly at: number;
  readonly stride: number;
}

/**
 * out[i][j] += sum over t < length of p[i][t] q[j][t], for `rows` rows of p and `columns` of q: four
 * by four at once, so that each number that is read takes part in four products.
 */
export function addProducts(
  p: Rows,
  rows: number,
  q: Rows,
  columns: number,
  length: number,
  out: Rows,
): void {
  const a = p.values;
  const b = q.values;
  const c = out.values;
  const wholeRows = rows - (rows % 4);
  const wholeColumns = columns - (columns % 4);
  for (let i = 0; i < wholeRows; i += 4) {
    const p0 = p.at + i * p.stride;
    const p1 = p0 + p.stride;
    const p2 = p1 + p.stride;
    const p3 = p2 + p.stride;
    for (let j = 0; j < wholeColumns; j += 4) {
      const q0 = q.at + j * q.stride;
      const q1 = q0 + q.stride;
      const q2 = q1 + q.stride;
      const q3 = q2 + q.stride;
      let s00 = 0;
      let s01 = 0;
      let s02 = 0;
      let s03 = 0;
      let s10 = 0;
      let s11 = 0;
      let s12 = 0;
      let s13 = 0;
      let s20 = 0;
      let s21 = 0;
      let s22 = 0;
      let s23 = 0;
      let s30 = 0;
      let s31 = 0;
      let s32 = 0;
      let s33 = 0;
      for (let t = 0; t < length; t++) {
        const b0 = b[q0 + t]!;
        const b1 = b[q1 + t]!;
        const b2 = b[q2 + t]!;
        const b3 = b[q3 + t]!;
        let x = a[p0 + t]!;
        s00 += x * b0;
        s01 += x * b1;
        s02 += x * b2;
        s03 += x * b3;
        x = a[p1 + t]!;
        s10 += x * b0;
        s11 += x * b1;
        s12 += x * b2;
        s13 += x * b3;
        x = a[p2 + t]!;
        s20 += x * b0;
        s21 += x * b1;
        s22 += x * b2;
        s23 += x * b3;
        x = a[p3 + t]!;
        s30 += x * b0;
        s31 += x * b1;
        s32 += x * b2;
        s33 += x * b3;
      }
      let o = out.at + i * out.stride + j;
      c[o]! += s00;
      c[o + 1]! += s01;
      c[o + 2]! += s02;
      c[o + 3]! += s03;
      o += out.stride;
      c[o]! += s10;
      c[o + 1]! += s11;
      c[o + 2]! += s12;
      c[o + 3]! += s13;
      o += out.stride;
      c[o]! += s20;
      c[o + 1]! += s21;
      c[o + 2]! += s22;
      c[o + 3]! += s23;
      o += out.stride;
      c[o]! += s30;
      c[o + 1]! += s31;
      c[o + 2]! += s32;
      c[o + 3]! += s33;
    }
  }
  addSingly(p, 0, wholeRows, q, wholeColumns, columns, length, out);
  addSingly(p, wholeRows, rows, q, 0, columns, length, out);
}

/** The rows and columns that four do not divide. */
function addSingly(
  p: Rows,
  fromRow: number,
  toRow: number,
  q: Rows,
  fromColumn: number,
  toColumn: number,
  length: number,
  out: Rows,
): void {
  for (let i = fromRow; i < toRow; i++) {
    const pAt = p.at + i * p.stride;
    for (let j = fromColumn; j < toColumn; j++) {
      const qAt = q.at + j * q.stride;
      let sum = 0;
      for (let t = 0; t < length; t++) sum += p.values[pAt + t]! * q.values[qAt + t]!;
      out.values[out.at + i * out.stride + j]! += sum;
    }
  }
}
