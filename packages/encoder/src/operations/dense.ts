import * as tf from "@tensorflow/tfjs-core";
import { constant } from "./constants.js";
import { differentiable, runKernel, type T } from "./differentiable.js";

/** x (n, i) times kernel (i, o) plus bias (o): (n, o). */
export function linear(x: T, kernel: T, bias: T): T {
  return differentiable(
    [x, kernel, bias],
    () => ({
      value: tf.add(tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D), bias),
      saved: [x, kernel],
    }),
    (dy, [x, kernel]) => [
      tf.matMul(dy as tf.Tensor2D, kernel as tf.Tensor2D, false, true), // (n, i)
      tf.matMul(x as tf.Tensor2D, dy as tf.Tensor2D, true, false), // (i, o)
      tf.sum(dy, 0), // (o)
    ],
  );
}

/** x (m, w) against every row of `table` (v, w), plus bias (v): (m, v). */
export function againstRows(x: T, table: T, bias: T): T {
  return differentiable(
    [x, table, bias],
    () => ({ value: tf.add(tf.matMul(x, table, false, true), bias), saved: [x, table] }),
    (dy, [x, table]) => [
      tf.matMul(dy, table), // (m, w)
      tf.matMul(dy, x, true, false), // (v, w)
      tf.sum(dy, 0), // (v)
    ],
  );
}

/** Layer normalisation over the last axis of x (n, w), biased variance: (n, w). */
export function layerNorm(x: T, scale: T, offset: T, epsilon: number): T {
  return differentiable(
    [x, scale, offset],
    () => {
      const [value, normal, inverse] = normalise(x, scale, offset, epsilon);
      return { value, saved: [normal, inverse, scale] };
    },
    (dy, [normal, inverse, scale]) => normaliseGradient(dy, normal, inverse, scale),
  );
}

function normalise(x: T, scale: T, offset: T, epsilon: number): [T, T, T] {
  const fused = runKernel("WinnowLayerNorm", { x, scale, offset }, { epsilon });
  if (fused !== undefined) return fused as [T, T, T];
  const centred = tf.sub(x, tf.mean(x, -1, true)); // (n, w)
  const variance = tf.mean(tf.square(centred), -1, true); // (n, 1)
  const inverse = tf.rsqrt(tf.add(variance, constant(epsilon))); // (n, 1)
  const normal = tf.mul(centred, inverse); // (n, w)
  return [tf.add(tf.mul(normal, scale), offset), normal, inverse];
}

function normaliseGradient(dy: T, normal: T, inverse: T, scale: T): T[] {
  const fused = runKernel("WinnowLayerNormGrad", { dy, normal, inverse, scale }, {});
  if (fused !== undefined) return fused;
  const g = tf.mul(dy, scale); // (n, w)
  const along = tf.mul(normal, tf.mean(tf.mul(g, normal), -1, true)); // (n, w)
  const dx = tf.mul(inverse, tf.sub(tf.sub(g, tf.mean(g, -1, true)), along)); // (n, w)
  return [dx, tf.sum(tf.mul(dy, normal), 0), tf.sum(dy, 0)];
}
