import * as tf from "@tensorflow/tfjs-core";
import { constant } from "./constants.js";
import { differentiable, runKernel, type T } from "./differentiable.js";

/** `gelu` is the erf form, `gelu-tanh` the tanh form (Hugging Face calls it gelu_new). */
export type Activation = "gelu" | "gelu-tanh" | "relu";

/** The feed-forward's activation, element by element. */
export function activate(x: T, activation: Activation): T {
  if (activation !== "relu") return gelu(x, activation);
  return differentiable(
    [x],
    () => ({ value: tf.relu(x), saved: [x] }),
    (dy, [x]) => [tf.mul(dy, tf.step(x))],
  );
}

export const TANH_SCALE = Math.sqrt(2 / Math.PI);
export const TANH_CUBIC = 0.044715;

/** x times the normal distribution function at x: exact ("gelu") or its tanh form. */
function gelu(x: T, form: "gelu" | "gelu-tanh"): T {
  return differentiable(
    [x],
    () => {
      const fused = runKernel("WinnowGelu", { x }, { form });
      if (fused !== undefined) return { value: fused[0]!, saved: [x] };
      const cdf = normalCdf(x, form);
      return { value: tf.mul(x, cdf), saved: [x, cdf] };
    },
    (dy, [x, cdf]) => {
      const fused = runKernel("WinnowGeluGrad", { dy, x }, { form });
      return fused ?? [tf.mul(dy, tf.add(cdf, tf.mul(x, normalDensity(x, cdf, form))))];
    },
  );
}

function normalCdf(x: T, form: "gelu" | "gelu-tanh"): T {
  if (form === "gelu") {
    const inner = tf.erf(tf.mul(x, constant(Math.SQRT1_2)));
    return tf.mul(tf.add(inner, constant(1)), constant(0.5));
  }
  // (1 + tanh u) / 2 is the logistic function of 2 u.
  const cubic = tf.add(
    tf.mul(tf.square(x), constant(2 * TANH_SCALE * TANH_CUBIC)),
    constant(2 * TANH_SCALE),
  );
  return tf.sigmoid(tf.mul(x, cubic));
}

function normalDensity(x: T, cdf: T, form: "gelu" | "gelu-tanh"): T {
  if (form === "gelu") {
    const power = tf.exp(tf.mul(tf.square(x), constant(-0.5)));
    return tf.mul(power, constant(1 / Math.sqrt(2 * Math.PI)));
  }
  const slope = tf.add(
    tf.mul(tf.square(x), constant(6 * TANH_SCALE * TANH_CUBIC)),
    constant(2 * TANH_SCALE),
  );
  return tf.mul(tf.mul(cdf, tf.sub(constant(1), cdf)), slope);
}

/** tanh, element by element. */
export function tanh(x: T): T {
  return differentiable(
    [x],
    () => {
      const value = tf.tanh(x);
      return { value, saved: [value] };
    },
    (dy, [y]) => [tf.mul(dy, tf.sub(constant(1), tf.square(y)))],
  );
}

/** Residual sum of two tensors of one shape. */
export function sum(a: T, b: T): T {
  return differentiable(
    [a, b],
    () => ({ value: tf.add(a, b), saved: [] }),
    (dy) => [dy, dy],
  );
}

/** x times constant multipliers of its shape (dropout). */
export function scaleBy(x: T, multipliers: T): T {
  return differentiable(
    [x],
    () => ({ value: tf.mul(x, multipliers), saved: [multipliers] }),
    (dy, [multipliers]) => [tf.mul(dy, multipliers)],
  );
}
