import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "@winnow/numeric";
import { beforeAll, describe, expect, it } from "vitest";
import { selectBackend } from "./select.js";
import { SIMD_SOURCE_SHA256 } from "./simd-binary.js";

const random = createRandom(1, "kernels");
const numbers = (...shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  );

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

/** The normal distribution function by Simpson's rule, or its tanh form, in float64. */
function cdf(x: number, form: string): number {
  if (form !== "gelu") {
    return 1 / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
  }
  const end = Math.max(-12, Math.min(12, x));
  const steps = 2000;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : 2 + 2 * (i % 2);
    sum += weight * Math.exp(-0.5 * ((end * i) / steps) ** 2);
  }
  return 0.5 + (sum * end) / (steps * 3 * Math.sqrt(2 * Math.PI));
}

describe("kernels of the wasm backend", () => {
  beforeAll(() => selectBackend("wasm"));

  it.each([
    [[5, 7, 3], [5, 3, 9], false, false],
    [[2, 3, 4, 31], [2, 3, 31, 17], false, false],
    [[3, 8, 5], [3, 8, 16], true, false],
    [[3, 1, 26], [3, 25, 26], false, true],
    [[4, 6, 9], [4, 11, 6], true, true],
    [[1, 13, 6], [1, 6, 21], false, false],
    [[13, 40], [30, 40], false, true],
    [[2, 3, 4], [1, 4, 5], false, false],
  ] as [number[], number[], boolean, boolean][])(
    "the product of %j and %j (transposed: %s, %s) is the plain sum",
    (left, right, ta, tb) => {
      const [a, b] = [numbers(...left), numbers(...right)];
      const out = tf.matMul(a, b, ta, tb);
      const expected: number[] = [];
      const [m, n] = out.shape.slice(-2) as [number, number];
      const inner = left.at(ta ? -2 : -1)!;
      const count = out.size / (m * n);
      const [x, y] = [a.dataSync(), b.dataSync()];
      const [xs, ys] = [left, right].map((shape) =>
        shape.slice(0, -2).reduce((p, s) => p * s, 1) === 1
          ? 0
          : shape.slice(-2).reduce((p, s) => p * s, 1),
      ) as [number, number];
      for (let c = 0; c < count; c++) {
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let k = 0; k < inner; k++) {
              const p = x[c * xs + (ta ? k * m + i : i * inner + k)]!;
              const q = y[c * ys + (tb ? j * inner + k : k * n + j)]!;
              sum += p * q;
            }
            expected.push(sum);
          }
        }
      }
      expect(largest(out.dataSync(), expected)).toBeLessThan(1e-4);
      tf.dispose([a, b, out]);
    },
  );

  it.each([1, 3, 4, 1021])("Adam over %i numbers is the formula, moments included", (size) => {
    const [p, m, g] = [numbers(size), numbers(size), numbers(size)];
    const v = tf.square(numbers(size));
    const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, rate: 0.01, decay: 0.001 };
    const found = tf.engine().runKernel("WinnowAdam", { p, m, v, g }, settings) as tf.Tensor[];
    const [ps, ms, vs, gs] = [p, m, v, g].map((t) => [...t.dataSync()]) as [
      number[],
      number[],
      number[],
      number[],
    ];
    const first = ms.map((value, i) => 0.9 * value + 0.1 * gs[i]!);
    const second = vs.map((value, i) => 0.999 * value + 0.001 * gs[i]! ** 2);
    const next = ps.map(
      (value, i) => 0.999 * value - (0.01 * first[i]!) / (Math.sqrt(second[i]!) + 1e-7),
    );
    for (const [i, expected] of [next, first, second].entries()) {
      expect(largest(found[i]!.dataSync(), expected)).toBeLessThan(1e-5);
    }
    const mixed = tf
      .engine()
      .runKernel("WinnowAverage", { a: p, p: m }, { decay: 0.9 }) as tf.Tensor;
    expect(
      largest(
        mixed.dataSync(),
        ps.map((value, i) => 0.9 * value + 0.1 * ms[i]!),
      ),
    ).toBeLessThan(1e-6);
  });

  it.each(["gelu", "gelu-tanh"])(
    "%s and its gradient are the formula to 1e-6, far from 0 too",
    (form) => {
      const xs = [...Array.from({ length: 4001 }, (_, i) => (i - 2000) / 100), -90, 90, -1e4, 1e4];
      // Sizes that four do not divide.
      for (const values of [xs, xs.slice(0, 3), xs.slice(1998, 2003)]) {
        const x = tf.tensor1d(values);
        const dy = tf.tensor1d(values.map((_, i) => (i % 7) / 3 - 1));
        const [exact, dys] = [[...x.dataSync()], [...dy.dataSync()]];
        const y = tf.engine().runKernel("WinnowGelu", { x }, { form }) as tf.Tensor;
        const near = (found: number, expected: number) =>
          Math.abs(found - expected) / Math.max(1, Math.abs(expected));
        [...y.dataSync()].forEach((found, i) => {
          expect(near(found, exact[i]! * cdf(exact[i]!, form))).toBeLessThan(1e-6);
        });
        const dx = tf.engine().runKernel("WinnowGeluGrad", { x, dy }, { form }) as tf.Tensor;
        [...dx.dataSync()].forEach((found, i) => {
          const step = 1e-4;
          const [above, below] = [exact[i]! + step, exact[i]! - step];
          const rise = above * cdf(above, form) - below * cdf(below, form);
          expect(near(found, (dys[i]! * rise) / (2 * step))).toBeLessThan(2e-6);
        });
        tf.dispose([x, dy, y, dx]);
      }
    },
  );

  it.each([1, 3, 4, 31, 384])("layer normalisation of %i columns is the formula", (width) => {
    const x = tf.tidy(() => tf.add(tf.mul(numbers(5, width), 3), 40));
    const [scale, offset] = [numbers(width), numbers(width)];
    const epsilon = 1e-12;
    const [y, normal, inverse] = tf
      .engine()
      .runKernel("WinnowLayerNorm", { x, scale, offset }, { epsilon }) as tf.Tensor[];
    const [xs, scales, offsets] = [x, scale, offset].map((t) => [...t.dataSync()]);
    const expected = { y: [] as number[], normal: [] as number[], inverse: [] as number[] };
    for (let row = 0; row < 5; row++) {
      const own = xs!.slice(row * width, (row + 1) * width);
      const mean = own.reduce((sum, value) => sum + value, 0) / width;
      const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
      const inv = 1 / Math.sqrt(variance + epsilon);
      expected.inverse.push(inv);
      own.forEach((value, j) => {
        expected.normal.push((value - mean) * inv);
        expected.y.push((value - mean) * inv * scales![j]! + offsets![j]!);
      });
    }
    expect(largest(normal!.dataSync(), expected.normal)).toBeLessThan(1e-5);
    expect(largest(y!.dataSync(), expected.y)).toBeLessThan(2e-5);
    const ratios = Array.from(inverse!.dataSync(), (value, i) => value / expected.inverse[i]!);
    expect(largest(ratios, [1, 1, 1, 1, 1])).toBeLessThan(1e-5);
    tf.dispose([x, scale, offset, y!, normal!, inverse!]);
  });

  it("a segment sum adds rows with the same id and skips negative ids", () => {
    const x = tf.tensor2d([
      [1, 2],
      [3, 4],
      [5, 6],
      [7, 8],
    ]);
    const ids = tf.tensor1d([2, 0, 2, -1], "int32");
    expect([...tf.unsortedSegmentSum(x, ids, 3).dataSync()]).toEqual([3, 4, 0, 0, 6, 8]);
  });

  it("the compiled kernels are those of the sources", async () => {
    const folder = new URL("../../assemblyscript/", import.meta.url);
    const hash = createHash("sha256");
    for (const name of (await readdir(folder)).sort()) {
      hash.update(await readFile(new URL(name, folder)));
    }
    expect(hash.digest("hex")).toBe(SIMD_SOURCE_SHA256);
  });
});
