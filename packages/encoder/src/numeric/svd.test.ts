import { createRandom } from "@winnow/numeric";
import { describe, expect, it } from "vitest";
import { type SparseRows, truncatedSvd } from "./svd.js";

/** Rows of a dense square matrix in sparse form, zeros left out. */
function sparse(matrix: readonly (readonly number[])[]): SparseRows {
  const starts = [0];
  const columns: number[] = [];
  const values: number[] = [];
  for (const row of matrix) {
    row.forEach((value, column) => {
      if (value === 0) return;
      columns.push(column);
      values.push(value);
    });
    starts.push(columns.length);
  }
  return {
    starts: Int32Array.from(starts),
    columns: Int32Array.from(columns),
    values: Float32Array.from(values),
  };
}

// Symmetric and positive: U sqrt(S) times its transpose is the matrix itself.
const A = [
  [4, 1, 0, 0],
  [1, 3, 1, 0],
  [0, 1, 2, 0],
  [0, 0, 0, 0.5],
];

describe("the truncated singular value decomposition", () => {
  it("of full rank gives a symmetric positive matrix back", () => {
    const rows = truncatedSvd(sparse(A), 4, 4, createRandom(1, "svd"));
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        let product = 0;
        for (let c = 0; c < 4; c++) product += rows[i * 4 + c]! * rows[j * 4 + c]!;
        expect(product).toBeCloseTo(A[i]![j]!, 6);
      }
    }
  });

  it("keeps the largest singular values, in descending order", () => {
    const squaredNorm = (rows: Float64Array, column: number, rank: number) =>
      [0, 1, 2, 3].reduce((sum, i) => sum + rows[i * rank + column]! ** 2, 0);
    const rows = truncatedSvd(sparse(A), 4, 2, createRandom(1, "svd"));
    const full = truncatedSvd(sparse(A), 4, 4, createRandom(1, "svd"));
    const singular = [0, 1, 2, 3].map((c) => squaredNorm(full, c, 4));
    expect([0, 1].map((c) => squaredNorm(rows, c, 2))).toEqual(
      singular.slice(0, 2).map((value) => expect.closeTo(value, 6)),
    );
    expect(singular).toEqual([...singular].sort((a, b) => b - a));
    expect(singular.at(-1)).toBeCloseTo(0.5, 6);
  });
});
