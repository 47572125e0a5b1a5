import * as tf from "@tensorflow/tfjs-core";
import type { Parameters } from "../../model/logits.js";
import type { Weights } from "../../model/parameters.js";
import { constant } from "../../operations/constants.js";
import { runKernel } from "../../operations/differentiable.js";
import { ADAM, type OptimizerOptions } from "../recipe/recipe.js";
import { FlatWeights } from "./flat-weights.js";

/**
 * Adam over all parameters as one vector. Every step makes new tensors and disposes the old ones:
 * the wasm backend caches packed weights per tensor, so it would keep using the old values of a
 * weight that is written in place.
 */
export class Adam {
  readonly layout: FlatWeights;
  /** The parameters as the model takes them. */
  parameters: Parameters;
  /** The same as one vector. */
  flat: tf.Tensor;

  readonly #options: OptimizerOptions;
  /** 1 at weights that are decayed; null where none is. */
  readonly #decayed: tf.Tensor | null;
  #first: tf.Tensor;
  #second: tf.Tensor;

  constructor(
    weights: Weights,
    options: OptimizerOptions = ADAM,
    first: Weights | null = null,
    second: Weights | null = null,
  ) {
    this.#options = options;
    this.layout = FlatWeights.of(weights);
    this.flat = this.layout.upload(weights);
    this.parameters = this.layout.split(this.flat);
    this.#first = this.layout.upload(first);
    this.#second = this.layout.upload(second);
    this.#decayed = options.weightDecay > 0 ? this.layout.decayed() : null;
  }

  /**
   * Step `t` (from 0): m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= rate * correction * m /
   * (sqrt(v) + epsilon). The schedule is in the rate: it scales only the step, never m and v.
   * Disposes the gradient `g`, one vector.
   */
  step(g: tf.Tensor, t: number, rate: number): void {
    const { weightDecay } = this.#options;
    const p =
      this.#decayed === null ? this.flat : decay(this.flat, this.#decayed, rate * weightDecay);
    const [m, v] = [this.#first, this.#second];
    const corrected = rate * adamCorrection(this.#options, t + 1);
    const [next, first, second] = adamStep({ p, m, v, g }, { ...this.#options, rate: corrected });
    tf.dispose([p, this.flat, m, v, g, this.parameters]);
    this.flat = next;
    this.#first = first;
    this.#second = second;
    this.parameters = this.layout.split(next);
  }

  async state(): Promise<{ weights: Weights; first: Weights; second: Weights }> {
    return {
      weights: await this.layout.download(this.flat),
      first: await this.layout.download(this.#first),
      second: await this.layout.download(this.#second),
    };
  }

  /** Frees parameters and moments. */
  dispose(): void {
    tf.dispose([this.flat, this.parameters, this.#first, this.#second]);
    this.#decayed?.dispose();
  }
}

/** What step `t` (from 1) multiplies the rate with, because both moments start at 0. */
export function adamCorrection({ beta1, beta2 }: OptimizerOptions, t: number): number {
  return Math.sqrt(1 - beta2 ** t) / (1 - beta1 ** t);
}

/** Takes the share `amount` from the weights where `where` is 1. */
function decay(p: tf.Tensor, where: tf.Tensor, amount: number): tf.Tensor {
  return tf.tidy(() => tf.sub(p, tf.mul(tf.mul(p, where), amount)));
}

type Tensors = { p: tf.Tensor; m: tf.Tensor; v: tf.Tensor; g: tf.Tensor };
type AdamSettings = Pick<OptimizerOptions, "beta1" | "beta2" | "epsilon"> & { rate: number };

function adamStep(tensors: Tensors, settings: AdamSettings): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const { beta1, beta2, epsilon, rate } = settings;
  const fused = runKernel("WinnowAdam", tensors, { beta1, beta2, epsilon, rate, decay: 0 });
  if (fused !== undefined) return fused as [tf.Tensor, tf.Tensor, tf.Tensor];
  const { p, m, v, g } = tensors;
  return tf.tidy(() => {
    const first = tf.add(tf.mul(m, constant(beta1)), tf.mul(g, constant(1 - beta1)));
    const second = tf.add(tf.mul(v, constant(beta2)), tf.mul(tf.square(g), constant(1 - beta2)));
    const root = tf.add(tf.sqrt(second), constant(epsilon));
    const change = tf.div(tf.mul(first, rate), root);
    return [tf.sub(p, change), first, second] as [tf.Tensor, tf.Tensor, tf.Tensor];
  });
}
