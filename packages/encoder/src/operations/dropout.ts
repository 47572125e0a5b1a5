import * as tf from "@tensorflow/tfjs-core";
import { constant } from "./constants.js";
import { runKernel, type T } from "./differentiable.js";

/** Where random multipliers come from. */
export interface DropoutSource {
  /** Random bits, the same for the same seed and step. */
  bits(): number;
  /** Multipliers made in JavaScript, for backends that draw none themselves. */
  mask(size: number, rate: number): Float32Array;
}

/** Makes the multipliers of one batch's dropouts: 0 with probability `rate`, else 1 / (1 - rate). */
export type DropoutMasks = (shape: number[], rate: number) => T;

/**
 * Multipliers that the backend draws itself where it can (the same as the graph's for the same
 * bits), else ones drawn in JavaScript and uploaded.
 */
export function dropoutMasks(source: DropoutSource): DropoutMasks {
  if (!tf.getKernel("WinnowUniform", tf.getBackend())) {
    return (shape, rate) => tf.tensor(source.mask(tf.util.sizeFromShape(shape), rate), shape);
  }
  const seed = [source.bits(), source.bits()] as const;
  let drawn = 0;
  return (shape, rate) => {
    const own = dropoutSeed(seed, ++drawn);
    return tf.tidy(() => {
      const [u] = runKernel("WinnowUniform", {}, { shape, seed: own }) as [T];
      return tf.mul(
        tf.cast(tf.greaterEqual(u, constant(rate)), "float32"),
        constant(1 / (1 - rate)),
      );
    });
  };
}

/** The seed of a batch's dropout number `index`. */
export function dropoutSeed([a, b]: readonly [number, number], index: number): [number, number] {
  return [a, (b + index) | 0];
}
