import * as tf from "@tensorflow/tfjs-core";
import type { Parameters } from "../../model/logits.js";
import { runKernel } from "../../operations/differentiable.js";
import { ADAM, type OptimizerOptions } from "../recipe/recipe.js";

/**
 * Adam over a set of parameters. Every step makes new tensors and disposes the old ones: the wasm
 * backend caches packed weights per tensor, so it would keep using the old values of a weight that
 * is written in place.
 */
export class Adam {
  readonly #options: OptimizerOptions;

  constructor(
    readonly parameters: Parameters,
    options: OptimizerOptions = ADAM,
    readonly first: Parameters = zerosLike(parameters),
    readonly second: Parameters = zerosLike(parameters),
  ) {
    this.#options = options;
  }

  /**
   * Step `t` (from 0): m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= rate * correction * m /
   * (sqrt(v) + epsilon). The schedule is in the rate: it scales only the step, never m and v.
   * Disposes the gradients.
   */
  step(gradients: Parameters, t: number, rate: number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#options;
    const correction = adamCorrection(this.#options, t + 1);
    for (const [name, g] of Object.entries(gradients)) {
      const p = this.parameters[name]!;
      const m = this.first[name]!;
      const v = this.second[name]!;
      // Biases and norms are not decayed.
      const decay = p.rank > 1 ? rate * weightDecay : 0;
      const [next, first, second] = adamStep(
        { p, m, v, g },
        {
          beta1,
          beta2,
          epsilon,
          rate: rate * correction,
          decay,
        },
      );
      this.parameters[name] = next;
      this.first[name] = first;
      this.second[name] = second;
      tf.dispose([p, m, v, g]);
    }
  }

  /** Frees parameters and moments. */
  dispose(): void {
    tf.dispose([this.parameters, this.first, this.second]);
  }
}

/** What step `t` (from 1) multiplies the rate with, because both moments start at 0. */
export function adamCorrection({ beta1, beta2 }: OptimizerOptions, t: number): number {
  return Math.sqrt(1 - beta2 ** t) / (1 - beta1 ** t);
}

interface AdamSettings {
  beta1: number;
  beta2: number;
  epsilon: number;
  rate: number;
  decay: number;
}

type Tensors = { p: tf.Tensor; m: tf.Tensor; v: tf.Tensor; g: tf.Tensor };

function adamStep(tensors: Tensors, settings: AdamSettings): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const fused = runKernel("WinnowAdam", tensors, settings);
  if (fused !== undefined) return fused as [tf.Tensor, tf.Tensor, tf.Tensor];
  const { p, m, v, g } = tensors;
  const { beta1, beta2, epsilon, rate, decay } = settings;
  return tf.tidy(() => {
    const first = tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1));
    const second = tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2));
    const change = tf.div(tf.mul(first, rate), tf.add(tf.sqrt(second), epsilon));
    const kept = decay === 0 ? p : tf.mul(p, 1 - decay);
    return [tf.sub(kept, change), first, second] as [tf.Tensor, tf.Tensor, tf.Tensor];
  });
}

function zerosLike(parameters: Parameters): Parameters {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, tf.zerosLike(value)]),
  );
}
