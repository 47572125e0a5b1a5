import * as tf from "@tensorflow/tfjs-core";
import type { Parameters } from "../../model/logits.js";
import type { Weights } from "../../model/parameters.js";

/**
 * All weights of a model one after another in a single vector: an update is then a few operations
 * for all of them together instead of as many for each.
 */
export class FlatWeights {
  readonly size: number;
  readonly #entries: readonly { name: string; shape: readonly number[]; size: number }[];

  constructor(shapes: ReadonlyMap<string, readonly number[]>) {
    this.#entries = Array.from(shapes, ([name, shape]) => {
      return { name, shape, size: tf.util.sizeFromShape([...shape]) };
    });
    this.size = this.#entries.reduce((total, { size }) => total + size, 0);
  }

  static of(weights: Weights): FlatWeights {
    return new FlatWeights(new Map(Array.from(weights, ([name, { shape }]) => [name, shape])));
  }

  /** The weights as one vector on the backend; null: zeros. */
  upload(weights: Weights | null): tf.Tensor {
    const all = new Float32Array(this.size);
    let at = 0;
    for (const { name, size } of this.#entries) {
      const values = weights?.get(name)?.values;
      if (values) all.set(values, at);
      at += size;
    }
    return tf.tensor1d(all);
  }

  async download(flat: tf.Tensor): Promise<Weights> {
    const all = (await flat.data()) as Float32Array;
    const weights: Weights = new Map();
    let at = 0;
    for (const { name, shape, size } of this.#entries) {
      weights.set(name, { shape, values: all.slice(at, at + size) });
      at += size;
    }
    return weights;
  }

  /** One vector of tensors by name. */
  join(parameters: Parameters): tf.Tensor {
    return tf.tidy(() =>
      tf.concat1d(
        this.#entries.map(({ name, size }) => {
          const tensor = parameters[name]!;
          return (tensor.rank === 1 ? tensor : tf.reshape(tensor, [size])) as tf.Tensor1D;
        }),
      ),
    );
  }

  /** Tensors by name of one vector. */
  split(flat: tf.Tensor): Parameters {
    return tf.tidy(() => {
      const parts = tf.split(
        flat,
        this.#entries.map(({ size }) => size),
      );
      return Object.fromEntries(
        this.#entries.map(({ name, shape }, i) => {
          const part = parts[i]!;
          return [name, shape.length === 1 ? part : tf.reshape(part, [...shape])];
        }),
      );
    });
  }

  /** A vector that is 1 at the weights that the optimizer decays, 0 at biases and norms. */
  decayed(): tf.Tensor {
    const mask = new Float32Array(this.size);
    let at = 0;
    for (const { shape, size } of this.#entries) {
      if (shape.length > 1) mask.fill(1, at, at + size);
      at += size;
    }
    return tf.tensor1d(mask);
  }
}
