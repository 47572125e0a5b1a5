import * as tf from "@tensorflow/tfjs-core";

/*
 * The differentiable operations of the model. Each carries its own gradient, because tfjs-core
 * alone registers none, and because one hand-written gradient does several times less work than a
 * chain of small ones. Where the backend has one of our kernels (see backends/wasm-kernels.ts),
 * that kernel does the arithmetic; every other backend uses the plain TensorFlow.js form next to
 * it.
 *
 * Shapes in this folder: n = rows (texts x positions, or texts), B texts, S positions, R query rows
 * per text, A attention heads, d = H / A.
 */

export type T = tf.Tensor;

/** What an operation saved for its gradient, in its own order; only it knows how many there are. */
type Saved = [T, T, T, T, T, T, T, T, T];

/**
 * Runs `forward` as one step of the tape. `saved` must hold every tensor that `backward` reads: all
 * others are disposed when the forward pass ends.
 */
export function differentiable(
  inputs: T[],
  forward: () => { value: T; saved: T[] },
  backward: (dy: T, saved: Saved) => T[],
): T {
  const run = tf.customGrad((...given: (T | tf.GradSaveFunc)[]) => {
    const [save] = given.slice(-1) as [tf.GradSaveFunc];
    const { value, saved } = forward();
    save(saved);
    return { value, gradFunc: (dy: T, kept: T[]) => backward(dy, kept as unknown as Saved) };
  });
  return run(...inputs);
}

/** Runs one of our kernels if the current backend has it; else returns undefined. */
export function runKernel(
  name: string,
  inputs: tf.NamedTensorMap,
  attributes: object,
): T[] | undefined {
  if (!tf.getKernel(name, tf.getBackend())) return undefined;
  const outputs = tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);
  return Array.isArray(outputs) ? outputs : [outputs as T];
}
