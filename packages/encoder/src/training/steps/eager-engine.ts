import * as tf from "@tensorflow/tfjs-core";
import { type BatchTensors, batchTensors, disposeBatch } from "../../model/batch-tensors.js";
import type { EncoderConfig } from "../../model/config.js";
import { logits, type Parameters } from "../../model/logits.js";
import type { Weights } from "../../model/parameters.js";
import { dropoutSource } from "../../numeric/random-values.js";
import { constant } from "../../operations/constants.js";
import { crossEntropy } from "../../operations/cross-entropy.js";
import { runKernel } from "../../operations/differentiable.js";
import { type DropoutMasks, dropoutMasks } from "../../operations/dropout.js";
import type { TokenBatch } from "../../text/batches.js";
import { Adam } from "./optimizer.js";
import type {
  EnginePlan,
  StepEngine,
  StepPart,
  StepSettings,
  TrainingState,
} from "./step-engine.js";
import type { TargetBatch } from "./targets.js";

/** Steps operation by operation, on any backend of TensorFlow.js. */
export class EagerEngine implements StepEngine {
  readonly name = "eager";
  readonly #config: EncoderConfig;
  readonly #clipNorm: number;
  readonly #everyRow: boolean;
  readonly #adam: Adam;
  /** The averaged weights as one vector; null if the plan averages none. */
  #averaged: tf.Tensor | null;
  /** The averaged weights as the model takes them, until the next step. */
  #predictor: Parameters | null = null;

  constructor(
    config: EncoderConfig,
    plan: EnginePlan,
    { weights, first, second, averaged }: Omit<TrainingState, "step">,
    everyRow = false,
  ) {
    this.#everyRow = everyRow;
    this.#config = config;
    this.#clipNorm = plan.clipNorm;
    this.#adam = new Adam(weights, plan.optimizer, first, second);
    this.#averaged = averaged && this.#adam.layout.upload(averaged);
  }

  async step(parts: readonly StepPart[], settings: StepSettings): Promise<number> {
    let loss = 0;
    let gradient: tf.Tensor | null = null;
    for (const part of parts) {
      const found = this.#gradient(part, settings);
      gradient = gradient === null ? found.gradient : addInto(gradient, found.gradient);
      loss += ((await found.loss.data()) as Float32Array)[0]!;
      found.loss.dispose();
    }
    if (gradient === null) return loss;
    if (!Number.isFinite(loss)) {
      gradient.dispose();
      return loss;
    }
    const clipped = this.#clipNorm > 0 ? clip(gradient, this.#clipNorm) : gradient;
    this.#adam.step(clipped, settings.t, settings.rate);
    if (this.#averaged !== null) {
      this.#averaged = average(this.#averaged, this.#adam.flat, settings.averaging);
      this.#forgetPredictor();
    }
    return loss;
  }

  async probabilities(tokens: TokenBatch): Promise<Float32Array> {
    if (this.#averaged === null)
      return probabilitiesOf(this.#config, this.#adam.parameters, tokens);
    this.#predictor ??= this.#adam.layout.split(this.#averaged);
    return probabilitiesOf(this.#config, this.#predictor, tokens);
  }

  predictor(): Promise<Weights> {
    return this.#adam.layout.download(this.#averaged ?? this.#adam.flat);
  }

  async state(): Promise<Omit<TrainingState, "step">> {
    const averaged = this.#averaged && (await this.#adam.layout.download(this.#averaged));
    return { ...(await this.#adam.state()), averaged };
  }

  dispose(): void {
    this.#adam.dispose();
    this.#averaged?.dispose();
    this.#forgetPredictor();
  }

  #gradient({ tokens, targets }: StepPart, { random }: StepSettings) {
    const masks = random && dropoutMasks(dropoutSource(random));
    const options = { masks, everyRow: this.#everyRow };
    const part = gradientsOf(this.#config, this.#adam.parameters, tokens, targets, options);
    const gradient = this.#adam.layout.join(part.gradients);
    tf.dispose(part.gradients);
    return { loss: part.loss, gradient };
  }

  #forgetPredictor(): void {
    if (this.#predictor !== null) tf.dispose(this.#predictor);
    this.#predictor = null;
  }
}

/** (B, C) without dropout. */
export function logitsOf(
  config: EncoderConfig,
  parameters: Parameters,
  tokens: TokenBatch,
  everyRow = false,
): Promise<Float32Array> {
  return overBatch(config, tokens, (batch) => logits(config, parameters, batch, { everyRow }));
}

/** Their softmax. */
function probabilitiesOf(
  config: EncoderConfig,
  parameters: Parameters,
  tokens: TokenBatch,
): Promise<Float32Array> {
  return overBatch(config, tokens, (batch) => tf.softmax(logits(config, parameters, batch)));
}

async function overBatch(
  config: EncoderConfig,
  tokens: TokenBatch,
  compute: (batch: BatchTensors) => tf.Tensor,
): Promise<Float32Array> {
  const batch = batchTensors(tokens, config);
  const output = tf.tidy(() => compute(batch)); // (B, C)
  const values = (await output.data()) as Float32Array;
  output.dispose();
  disposeBatch(batch);
  return values;
}

/** Loss () and gradients of the parameters for one batch; the caller disposes both. */
export function gradientsOf(
  config: EncoderConfig,
  parameters: Parameters,
  tokens: TokenBatch,
  { targets, shares }: TargetBatch,
  { masks = null, everyRow }: { masks?: DropoutMasks | null; everyRow?: boolean | undefined } = {},
): { loss: tf.Tensor; gradients: Parameters } {
  const batch = batchTensors(tokens, config);
  const y = tf.tensor(targets, [tokens.batch, targets.length / tokens.batch]); // (B, C)
  const weights = tf.tensor1d(shares); // (B)
  const names = Object.keys(parameters);
  const lossOf = (...values: tf.Tensor[]): tf.Scalar => {
    const current = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
    const output = logits(config, current, batch, { masks, everyRow }); // (B, C)
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

function addInto(total: tf.Tensor, part: tf.Tensor): tf.Tensor {
  const sum = tf.add(total, part);
  tf.dispose([total, part]);
  return sum;
}

/** Makes the gradient no longer than `largest`. */
function clip(gradient: tf.Tensor, largest: number): tf.Tensor {
  const clipped = tf.tidy(() => {
    const norm = tf.sqrt(tf.sum(tf.square(gradient))); // ()
    return tf.mul(gradient, tf.div(constant(largest), tf.maximum(norm, constant(largest))));
  });
  gradient.dispose();
  return clipped;
}

function average(averaged: tf.Tensor, current: tf.Tensor, decay: number): tf.Tensor {
  const fused = runKernel("WinnowAverage", { a: averaged, p: current }, { decay });
  const mixed =
    fused?.[0] ?? tf.tidy(() => tf.add(averaged, tf.mul(tf.sub(current, averaged), 1 - decay)));
  averaged.dispose();
  return mixed;
}
