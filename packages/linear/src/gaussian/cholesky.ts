import { addProducts } from "./products.js";

const PANEL = 32;

/**
 * Replaces the lower triangle of the symmetric positive definite `a` (d, d) by L with L L' = a,
 * panel by panel. What stands above the diagonal is neither read nor written.
 */
export function factor(a: Float64Array, d: number): void {
  const products = new Float64Array(PANEL * PANEL);
  for (let from = 0; from < d; from += PANEL) {
    const to = Math.min(d, from + PANEL);
    const width = to - from;
    const panel = { values: a, at: from * d, stride: d };
    for (let row = from; row < d; row += PANEL) {
      const rows = Math.min(PANEL, d - row);
      products.fill(0);
      const out = { values: products, at: 0, stride: PANEL };
      addProducts({ values: a, at: row * d, stride: d }, rows, panel, width, from, out);
      for (let i = 0; i < rows; i++) {
        const at = (row + i) * d + from;
        const last = Math.min(width, row + i - from + 1);
        for (let j = 0; j < last; j++) a[at + j]! -= products[i * PANEL + j]!;
      }
      finishRows(a, d, from, to, row, row + rows);
    }
  }
}

/** Columns `from` to `to` of some rows, once the columns before are subtracted. */
function finishRows(
  a: Float64Array,
  d: number,
  from: number,
  to: number,
  row: number,
  end: number,
): void {
  for (let i = row; i < end; i++) {
    for (let j = from; j < Math.min(to, i + 1); j++) {
      let sum = a[i * d + j]!;
      for (let t = from; t < j; t++) sum -= a[i * d + t]! * a[j * d + t]!;
      if (i > j) {
        a[i * d + j] = sum / a[j * d + j]!;
        continue;
      }
      if (!(sum > 0)) throw new Error(`the matrix is not positive definite at ${j}`);
      a[i * d + j] = Math.sqrt(sum);
    }
  }
}

/** Replaces each of the rows x (rows, d) by the solution of L L' y = x. */
export function solve(l: Float64Array, d: number, x: Float64Array): void {
  for (let at = 0; at < x.length; at += d) {
    for (let i = 0; i < d; i++) {
      let sum = x[at + i]!;
      const row = i * d;
      for (let t = 0; t < i; t++) sum -= l[row + t]! * x[at + t]!;
      x[at + i] = sum / l[row + i]!;
    }
    for (let i = d - 1; i >= 0; i--) {
      const row = i * d;
      const value = x[at + i]! / l[row + i]!;
      x[at + i] = value;
      for (let t = 0; t < i; t++) x[at + t]! -= value * l[row + t]!;
    }
  }
}
