import * as tf from "@tensorflow/tfjs-core";

const known = new Map<string, tf.Scalar>();

/**
 * A number as a tensor that is uploaded once and kept: on native TensorFlow every number in an
 * operation is otherwise an upload of its own, which is waited for.
 */
export function constant(value: number): tf.Scalar {
  const key = `${tf.getBackend()} ${value}`;
  let scalar = known.get(key);
  if (scalar === undefined) {
    scalar = tf.keep(tf.scalar(value));
    known.set(key, scalar);
  }
  return scalar;
}

/** Frees them all: for whoever counts tensors, or removes a backend. */
export function forgetConstants(): void {
  tf.dispose([...known.values()]);
  known.clear();
}
