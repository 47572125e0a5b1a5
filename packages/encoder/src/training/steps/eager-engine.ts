import * as tf from "@tensorflow/tfjs-core";
import { batchTensors, disposeBatch } from "../../model/batch-tensors.js";
import type { AlbertConfig } from "../../model/config.js";
import { logits, type Parameters } from "../../model/logits.js";
import type { Weights } from "../../model/parameters.js";
import { dropoutSource } from "../../numeric/random-values.js";
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
  readonly #config: AlbertConfig;
  readonly #clipNorm: number;
  readonly #everyRow: boolean;
  readonly #adam: Adam;
  /** The averaged weights, which predict; null if the plan averages none. */
  #averaged: Parameters | null;

  constructor(
    config: AlbertConfig,
    plan: EnginePlan,
    { weights, first, second, averaged }: Omit<TrainingState, "step">,
    everyRow = false,
  ) {
    this.#everyRow = everyRow;
    this.#config = config;
    this.#clipNorm = plan.clipNorm;
    this.#adam = new Adam(upload(weights), plan.optimizer, upload(first), upload(second));
    this.#averaged = averaged && upload(averaged);
  }

  async step(parts: readonly StepPart[], settings: StepSettings): Promise<number> {
    let loss = 0;
    let gradients: Parameters | null = null;
    for (const { tokens, targets } of parts) {
      const masks = settings.random && dropoutMasks(dropoutSource(settings.random));
      const part = gradientsOf(this.#config, this.#adam.parameters, tokens, targets, {
        masks,
        everyRow: this.#everyRow,
      });
      gradients = gradients === null ? part.gradients : addInto(gradients, part.gradients);
      loss += ((await part.loss.data()) as Float32Array)[0]!;
      part.loss.dispose();
    }
    if (gradients === null) return loss;
    if (!Number.isFinite(loss)) {
      tf.dispose(gradients);
      return loss;
    }
    const clipped = this.#clipNorm > 0 ? clip(gradients, this.#clipNorm) : gradients;
    this.#adam.step(clipped, settings.t, settings.rate);
    if (this.#averaged !== null) {
      this.#averaged = average(this.#averaged, this.#adam.parameters, settings.averaging);
    }
    return loss;
  }

  async logits(tokens: TokenBatch): Promise<Float32Array> {
    return logitsOf(this.#config, this.#averaged ?? this.#adam.parameters, tokens);
  }

  predictor(): Promise<Weights> {
    return download(this.#averaged ?? this.#adam.parameters);
  }

  async state(): Promise<Omit<TrainingState, "step">> {
    return {
      weights: await download(this.#adam.parameters),
      first: await download(this.#adam.first),
      second: await download(this.#adam.second),
      averaged: this.#averaged && (await download(this.#averaged)),
    };
  }

  dispose(): void {
    this.#adam.dispose();
    if (this.#averaged !== null) tf.dispose(this.#averaged);
  }
}

/** (B, C) without dropout. */
export async function logitsOf(
  config: AlbertConfig,
  parameters: Parameters,
  tokens: TokenBatch,
  everyRow = false,
): Promise<Float32Array> {
  const batch = batchTensors(tokens, config);
  const output = tf.tidy(() => logits(config, parameters, batch, { everyRow })); // (B, C)
  const values = (await output.data()) as Float32Array;
  output.dispose();
  disposeBatch(batch);
  return values;
}

/** Loss () and gradients of the parameters for one batch; the caller disposes both. */
export function gradientsOf(
  config: AlbertConfig,
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
