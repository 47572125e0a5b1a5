import * as tf from "@tensorflow/tfjs-core";

/*
 * The differentiable operations of the model. Each carries its own gradient, because tfjs-core
 * alone registers none, and because one hand-written gradient is several times less work than the
 * chain of small ones. Where the backend has a kernel of ours (see backends/wasm-kernels.ts) it
 * does the arithmetic; the plain TensorFlow.js form beside it serves every other backend.
 *
 * Shapes in this folder: n = rows (texts x positions, or texts), B texts, S positions, R query rows
 * per text, A attention heads, d = H / A.
 */

export type T = tf.Tensor;

/** What an operation saved for its gradient, in its own order; it knows how many there are. */
type Saved = [T, T, T, T, T, T, T, T, T];

/**
 * Runs `forward` as one step of the tape. What `backward` reads must stand in `saved`: tensors
 * made on the way are disposed once the forward pass ends.
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

/** Runs one of our kernels where the current backend has it; undefined elsewhere. */
export function runKernel(
  name: string,
  inputs: tf.NamedTensorMap,
  attributes: object,
): T[] | undefined {
  if (!tf.getKernel(name, tf.getBackend())) return undefined;
  const outputs = tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);
  return Array.isArray(outputs) ? outputs : [outputs as T];
}
