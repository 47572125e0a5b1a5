import type { Random } from "@winnow/numeric";

const POWER_ITERATIONS = 2;
const OVERSAMPLING = 8;

/** A sparse square matrix: row i holds columns[starts[i] .. starts[i + 1]) with their values. */
export interface SparseRows {
  starts: Int32Array;
  columns: Int32Array;
  values: Float32Array;
}

/**
 * U sqrt(S) of the largest `rank` singular values of a square matrix: (size, rank). Randomised SVD
 * after Halko, Martinsson, Tropp (2011).
 */
export function truncatedSvd(
  matrix: SparseRows,
  size: number,
  rank: number,
  random: Random,
): Float64Array {
  const k = Math.min(size, rank + OVERSAMPLING);
  let basis: Float64Array = new Float64Array(size * k).map(() => random.normal());
  basis = orthonormalise(multiply(matrix, basis, size, k), size, k); // (size, k)
  for (let i = 0; i < POWER_ITERATIONS; i++) {
    const back = orthonormalise(multiplyTransposed(matrix, basis, size, k), size, k);
    basis = orthonormalise(multiply(matrix, back, size, k), size, k);
  }
  // During the iterations one pass is enough; the final basis must be orthogonal to rounding.
  basis = orthonormalise(basis, size, k);
  const image = multiplyTransposed(matrix, basis, size, k); // B transposed: (size, k)
  const gram = new Float64Array(k * k); // B B^T
  for (let row = 0; row < size; row++) {
    for (let a = 0; a < k; a++) {
      const left = image[row * k + a]!;
      if (left === 0) continue;
      for (let b = a; b < k; b++) gram[a * k + b]! += left * image[row * k + b]!;
    }
  }
  for (let a = 0; a < k; a++) for (let b = 0; b < a; b++) gram[a * k + b] = gram[b * k + a]!;
  const { values, vectors } = symmetricEigen(gram, k);
  const order = Array.from(values.keys())
    .sort((a, b) => values[b]! - values[a]!)
    .slice(0, rank);

  const out = new Float64Array(size * rank);
  for (let row = 0; row < size; row++) {
    for (let c = 0; c < k; c++) {
      const value = basis[row * k + c]!;
      if (value === 0) continue;
      for (let j = 0; j < rank; j++) out[row * rank + j]! += value * vectors[c * k + order[j]!]!;
    }
    // An eigenvalue of B B^T is a squared singular value.
    for (let j = 0; j < rank; j++) out[row * rank + j]! *= Math.max(0, values[order[j]!]!) ** 0.25;
  }
  return out;
}

function multiply(matrix: SparseRows, dense: Float64Array, size: number, k: number): Float64Array {
  const out = new Float64Array(size * k);
  for (let i = 0; i < size; i++) {
    for (let at = matrix.starts[i]!; at < matrix.starts[i + 1]!; at++) {
      const value = matrix.values[at]!;
      const from = matrix.columns[at]! * k;
      for (let j = 0; j < k; j++) out[i * k + j]! += value * dense[from + j]!;
    }
  }
  return out;
}

function multiplyTransposed(
  matrix: SparseRows,
  dense: Float64Array,
  size: number,
  k: number,
): Float64Array {
  const out = new Float64Array(size * k);
  for (let i = 0; i < size; i++) {
    for (let at = matrix.starts[i]!; at < matrix.starts[i + 1]!; at++) {
      const value = matrix.values[at]!;
      const to = matrix.columns[at]! * k;
      for (let j = 0; j < k; j++) out[to + j]! += value * dense[i * k + j]!;
    }
  }
  return out;
}

/** Modified Gram-Schmidt over the columns of (size, k); dependent columns become 0. */
function orthonormalise(dense: Float64Array, size: number, k: number): Float64Array {
  // Works on contiguous copies of the columns.
  const columns = Array.from({ length: k }, (_, c) => {
    const column = new Float64Array(size);
    for (let i = 0; i < size; i++) column[i] = dense[i * k + c]!;
    return column;
  });
  columns.forEach((column, c) => {
    for (let other = 0; other < c; other++) {
      const before = columns[other]!;
      let dot = 0;
      for (let i = 0; i < size; i++) dot += column[i]! * before[i]!;
      for (let i = 0; i < size; i++) column[i]! -= dot * before[i]!;
    }
    let squares = 0;
    for (let i = 0; i < size; i++) squares += column[i]! ** 2;
    const inverse = squares > 1e-20 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < size; i++) dense[i * k + c] = column[i]! *= inverse;
  });
  return dense;
}

/** Eigenvalues and eigenvectors (columns) of a symmetric (k, k) matrix by cyclic Jacobi. */
function symmetricEigen(
  a: Float64Array,
  k: number,
): { values: Float64Array; vectors: Float64Array } {
  const vectors = new Float64Array(k * k);
  for (let i = 0; i < k; i++) vectors[i * k + i] = 1;
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    let diagonal = 0;
    for (let i = 0; i < k; i++) {
      diagonal += a[i * k + i]! ** 2;
      for (let j = i + 1; j < k; j++) off += a[i * k + j]! ** 2;
    }
    if (off <= 1e-22 * diagonal) break;
    for (let p = 0; p < k; p++) {
      for (let q = p + 1; q < k; q++) rotate(a, vectors, k, p, q);
    }
  }
  return { values: Float64Array.from({ length: k }, (_, i) => a[i * k + i]!), vectors };
}

function rotate(a: Float64Array, vectors: Float64Array, k: number, p: number, q: number): void {
  const apq = a[p * k + q]!;
  if (apq === 0) return;
  const theta = (a[q * k + q]! - a[p * k + p]!) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let i = 0; i < k; i++) {
    const aip = a[i * k + p]!;
    const aiq = a[i * k + q]!;
    a[i * k + p] = c * aip - s * aiq;
    a[i * k + q] = s * aip + c * aiq;
  }
  for (let i = 0; i < k; i++) {
    const api = a[p * k + i]!;
    const aqi = a[q * k + i]!;
    a[p * k + i] = c * api - s * aqi;
    a[q * k + i] = s * api + c * aqi;
    const vip = vectors[i * k + p]!;
    const viq = vectors[i * k + q]!;
    vectors[i * k + p] = c * vip - s * viq;
    vectors[i * k + q] = s * vip + c * viq;
  }
}
