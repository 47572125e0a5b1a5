import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "@winnow/numeric";
import { EncoderError } from "../../errors.js";
import { batchTensors, disposeBatch } from "../../model/batch-tensors.js";
import type { AlbertConfig } from "../../model/config.js";
import type { Parameters } from "../../model/forward.js";
import { logits } from "../../model/logits.js";
import type { Weights } from "../../model/parameters.js";
import { crossEntropy } from "../../operations/cross-entropy.js";
import { runKernel } from "../../operations/differentiable.js";
import { gatherBatch, type TokenBatch } from "../../text/batches.js";
import type { TokenTable } from "../../text/tokenizer.js";
import type { TrainingPlan } from "../recipe/recipe.js";
import { rateMultiplier } from "../recipe/schedule.js";
import { Adam } from "./optimizer.js";
import type { TargetBatch } from "./targets.js";

/** Holds weights, moments and averages on the backend, and runs training steps. */
export class Trainer {
  readonly adam: Adam;
  /** The averaged weights, which predict; null if the plan averages none. */
  averaged: Parameters | null;

  readonly #config: AlbertConfig;
  readonly #plan: TrainingPlan;
  readonly #seed: number;
  readonly #totalSteps: number;

  constructor(
    config: AlbertConfig,
    plan: TrainingPlan,
    weights: Weights,
    seed: number,
    totalSteps: number,
  ) {
    this.#config = config;
    this.#plan = plan;
    this.#seed = seed;
    this.#totalSteps = totalSteps;
    this.adam = new Adam(upload(weights), plan.optimizer);
    this.averaged = plan.averaging > 0 ? upload(weights) : null;
  }

  /** Continues from a saved state and takes ownership of its tensors. */
  restore(step: number, first: Parameters, second: Parameters, averaged: Parameters | null): void {
    tf.dispose([this.adam.first, this.adam.second, this.averaged ?? {}]);
    this.adam.iterations = step;
    Object.assign(this.adam.first, first);
    Object.assign(this.adam.second, second);
    this.averaged = averaged;
  }

  /** Parameters to predict with. */
  get predictor(): Parameters {
    return this.averaged ?? this.adam.parameters;
  }

  /** One step over a batch: returns its mean loss before the step. Throws `training-diverged`. */
  async step(
    rows: Int32Array,
    tokens: TokenTable,
    targetsOf: (rows: Int32Array) => TargetBatch,
  ): Promise<number> {
    const config = this.#config;
    const plan = this.#plan;
    const { adam } = this;
    const t = adam.iterations;
    const random = dropsOut(config) ? createRandom(this.#seed, "dropout", t) : null;
    const { targets, shares } = targetsOf(rows);
    const classes = targets.length / rows.length;

    let loss = 0;
    let gradients: Parameters | null = null;
    for (let start = 0; start < rows.length; start += plan.microBatchSize) {
      const end = Math.min(rows.length, start + plan.microBatchSize);
      const part = gradientsOf(
        config,
        adam.parameters,
        gatherBatch(tokens, rows.subarray(start, end)),
        {
          targets: targets.subarray(start * classes, end * classes),
          shares: shares.subarray(start, end),
        },
        random,
      );
      gradients = gradients === null ? part.gradients : addInto(gradients, part.gradients);
      loss += ((await part.loss.data()) as Float32Array)[0]!;
      part.loss.dispose();
    }
    if (!Number.isFinite(loss)) {
      throw new EncoderError(
        "training-diverged",
        `The loss is ${loss} at step ${t}; train with a lower learningRate (now ${plan.learningRate}).`,
      );
    }
    const clipped = plan.clipNorm > 0 ? clip(gradients as Parameters, plan.clipNorm) : gradients;
    adam.step(
      clipped as Parameters,
      plan.learningRate,
      rateMultiplier(plan.schedule, t, this.#totalSteps),
    );
    if (this.averaged !== null) {
      // Early on the average follows closely, so that it forgets the random initial weights.
      const decay = Math.min(plan.averaging, (1 + t) / (10 + t));
      this.averaged = average(this.averaged, adam.parameters, decay);
    }
    return loss;
  }

  dispose(): void {
    this.adam.dispose();
    if (this.averaged !== null) tf.dispose(this.averaged);
  }
}

/** Loss () and gradients of the parameters for one batch; the caller disposes both. */
export function gradientsOf(
  config: AlbertConfig,
  parameters: Parameters,
  tokens: TokenBatch,
  { targets, shares }: TargetBatch,
  random: ReturnType<typeof createRandom> | null,
  everyRow = false,
): { loss: tf.Tensor; gradients: Parameters } {
  const batch = batchTensors(tokens, config);
  const y = tf.tensor(targets, [tokens.batch, targets.length / tokens.batch]); // (B, C)
  const weights = tf.tensor1d(shares); // (B)
  const names = Object.keys(parameters);
  const lossOf = (...values: tf.Tensor[]): tf.Scalar => {
    const current = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
    const output = logits(config, current, batch, { random, everyRow }); // (B, C)
    return crossEntropy(output, y, weights) as tf.Scalar;
  };
  const { value, grads } = tf.valueAndGrads(lossOf)(names.map((name) => parameters[name]!));
  disposeBatch(batch);
  tf.dispose([y, weights]);
  return {
    loss: value,
    gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])),
  };
}

/** Weights as tensors on the current backend. */
export function upload(weights: Weights): Parameters {
  const entries = [...weights].map(
    ([name, { shape, values }]) => [name, tf.tensor(values, [...shape])] as const,
  );
  return Object.fromEntries(entries);
}

/** Tensors read back as weights. */
export async function download(parameters: Parameters): Promise<Weights> {
  const weights: Weights = new Map();
  for (const [name, tensor] of Object.entries(parameters)) {
    weights.set(name, { shape: [...tensor.shape], values: (await tensor.data()) as Float32Array });
  }
  return weights;
}

function dropsOut(config: AlbertConfig): boolean {
  return config.hiddenDropout > 0 || config.attentionDropout > 0;
}

function addInto(total: Parameters, part: Parameters): Parameters {
  const sums = Object.entries(total).map(([name, value]) => [name, tf.add(value, part[name]!)]);
  tf.dispose([total, part]);
  return Object.fromEntries(sums) as Parameters;
}

function clip(gradients: Parameters, largest: number): Parameters {
  const squares = tf.tidy(() => tf.addN(Object.values(gradients).map((g) => tf.sum(tf.square(g)))));
  const norm = Math.sqrt(squares.dataSync()[0]!);
  squares.dispose();
  if (norm <= largest) return gradients;
  const scaled = Object.entries(gradients).map(([name, g]) => [name, tf.mul(g, largest / norm)]);
  tf.dispose(gradients);
  return Object.fromEntries(scaled) as Parameters;
}

function average(averaged: Parameters, current: Parameters, decay: number): Parameters {
  const next = Object.entries(averaged).map(([name, a]) => {
    const p = current[name]!;
    const fused = runKernel("WinnowAverage", { a, p }, { decay });
    const mixed = fused?.[0] ?? tf.tidy(() => tf.add(tf.mul(a, decay), tf.mul(p, 1 - decay)));
    a.dispose();
    return [name, mixed] as const;
  });
  return Object.fromEntries(next);
}
