import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { addressOf, type SimdKernels } from "./simd.js";

/**
 * The stock kernel is fast for one matrix that is not transposed. Gradients need transposed ones,
 * so they are transposed first (a step becomes four times faster), and attention multiplies many
 * small ones, for which we have a kernel of our own.
 */
export function replaceMatMul(simd: SimdKernels): void {
  const stock = tf.getKernel("BatchMatMul", "wasm");
  const transpose = tf.getKernel("Transpose", "wasm").kernelFunc;
  const turned = (x: tf.TensorInfo, backend: BackendWasm): tf.TensorInfo => {
    const perm = x.shape.map((_, axis) => axis);
    perm.push(...perm.splice(-2).reverse());
    return transpose({ inputs: { x }, backend, attrs: { perm } }) as tf.TensorInfo;
  };
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel({
    ...stock,
    kernelFunc: ({ inputs, backend: running, attrs }) => {
      const backend = running as unknown as BackendWasm;
      const a = attrs?.transposeA ? turned(inputs.a as tf.TensorInfo, backend) : inputs.a;
      const b = attrs?.transposeB ? turned(inputs.b as tf.TensorInfo, backend) : inputs.b;
      const [left, right] = [a, b] as [tf.TensorInfo, tf.TensorInfo];
      const out =
        manyProducts(left, right, backend, simd) ??
        stock.kernelFunc({
          inputs: { a: left, b: right },
          backend,
          attrs: { transposeA: false, transposeB: false },
        });
      if (attrs?.transposeA) backend.disposeData(left.dataId);
      if (attrs?.transposeB) backend.disposeData(right.dataId);
      return out;
    },
  });
}

/** a (..., r, i) times b (..., i, c) with the same leading sides; undefined for anything else. */
function manyProducts(
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  backend: BackendWasm,
  simd: SimdKernels,
): tf.TensorInfo | undefined {
  const leading = a.shape.slice(0, -2);
  const count = leading.reduce((product, side) => product * side, 1);
  if (count === 1 || String(leading) !== String(b.shape.slice(0, -2))) return undefined;
  const [rows, inner] = a.shape.slice(-2) as [number, number];
  const columns = b.shape.at(-1)!;
  const out = backend.makeOutput([...leading, rows, columns], "float32");
  const [left, right, to] = [a, b, out].map((x) => addressOf(backend, x)) as [
    number,
    number,
    number,
  ];
  simd.products(left, right, to, count, rows, inner, columns);
  return out;
}
