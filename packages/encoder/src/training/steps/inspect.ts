import * as tf from "@tensorflow/tfjs-core";
import { batchTensors, disposeBatch } from "../../model/batch-tensors.js";
import type { AlbertConfig } from "../../model/config.js";
import type { Activations } from "../../model/forward.js";
import { logits } from "../../model/logits.js";
import type { Weights } from "../../model/parameters.js";
import type { TokenBatch } from "../../text/batches.js";
import { ADAM } from "../recipe/recipe.js";
import { rateMultiplier, type Schedule } from "../recipe/schedule.js";
import { Adam } from "./optimizer.js";
import { download, gradientsOf, upload } from "./trainer.js";

/** Texts with their labels, padded to one length; for checks against other implementations. */
export interface LabelledBatch {
  /** (B)(S) ids, right-padded. */
  readonly ids: readonly (readonly number[])[];
  /** (B)(S): 1 at pieces, 0 at padding. */
  readonly mask: readonly (readonly number[])[];
  /** (B)(S). */
  readonly segments: readonly (readonly number[])[];
  /** (B). */
  readonly labels: readonly number[];
}

/** Every activation of a forward pass without dropout, flat, with rows (B * S) or (B). */
export async function encoderActivations(
  config: AlbertConfig,
  weights: Weights,
  examples: LabelledBatch,
): Promise<{
  embeddingsNorm: Float32Array;
  hidden: Float32Array[];
  attentionNorm: Float32Array[];
  feedForward: Float32Array[];
  logits: Float32Array;
}> {
  const parameters = upload(weights);
  const batch = batchTensors(tokenBatch(examples), config);
  const activations: Activations = { hidden: [], attentionNorm: [], feedForward: [] };
  const output = tf.tidy(() => logits(config, parameters, batch, { activations }));
  const read = async (tensor: tf.Tensor): Promise<Float32Array> => {
    const values = (await tensor.data()) as Float32Array;
    tensor.dispose();
    return values;
  };
  const result = {
    embeddingsNorm: await read(activations.embeddingsNorm as tf.Tensor),
    hidden: await Promise.all(activations.hidden.map(read)),
    attentionNorm: await Promise.all(activations.attentionNorm.map(read)),
    feedForward: await Promise.all(activations.feedForward.map(read)),
    logits: await read(output),
  };
  disposeBatch(batch);
  tf.dispose(parameters);
  return result;
}

/** Logits, mean cross-entropy and the gradient of every weight the head uses. */
export async function lossAndGradients(
  config: AlbertConfig,
  weights: Weights,
  examples: LabelledBatch,
  options: { everyRow?: boolean } = {},
): Promise<{ logits: Float32Array; loss: number; gradients: Weights }> {
  const parameters = upload(weights);
  const tokens = tokenBatch(examples);
  const batch = batchTensors(tokens, config);
  const output = tf.tidy(() => logits(config, parameters, batch, options));
  const part = gradientsOf(
    config,
    parameters,
    tokens,
    hardTargets(weights, examples),
    null,
    options.everyRow,
  );
  const result = {
    logits: (await output.data()) as Float32Array,
    loss: ((await part.loss.data()) as Float32Array)[0]!,
    gradients: await download(part.gradients),
  };
  disposeBatch(batch);
  tf.dispose([output, part.loss, part.gradients, parameters]);
  return result;
}

/** Losses before each of `steps` Adam steps on one batch and after the last, and the final weights. */
export async function trainingTrace(
  config: AlbertConfig,
  weights: Weights,
  examples: LabelledBatch,
  plan: { rate: number; schedule: Schedule; steps: number },
  options: { everyRow?: boolean } = {},
): Promise<{ losses: number[]; weights: Weights }> {
  const adam = new Adam(upload(weights), ADAM);
  const tokens = tokenBatch(examples);
  const targets = hardTargets(weights, examples);
  const losses: number[] = [];
  for (let t = 0; t <= plan.steps; t++) {
    const { loss, gradients } = gradientsOf(
      config,
      adam.parameters,
      tokens,
      targets,
      null,
      options.everyRow,
    );
    losses.push(((await loss.data()) as Float32Array)[0]!);
    loss.dispose();
    if (t < plan.steps)
      adam.step(gradients, plan.rate, rateMultiplier(plan.schedule, t, plan.steps));
    else tf.dispose(gradients);
  }
  const trained = await download(adam.parameters);
  adam.dispose();
  return { losses, weights: trained };
}

function tokenBatch({ ids, mask, segments }: LabelledBatch): TokenBatch {
  return {
    batch: ids.length,
    length: ids[0]?.length ?? 0,
    ids: Int32Array.from(ids.flat()),
    segments: Int32Array.from(segments.flat()),
    lengths: Int32Array.from(mask, (row) => row.reduce((pieces, bit) => pieces + bit, 0)),
  };
}

function hardTargets(
  weights: Weights,
  { labels }: LabelledBatch,
): { targets: Float32Array; shares: Float32Array } {
  const classes = weights.get("classifier.bias")?.values.length ?? 0;
  const targets = new Float32Array(labels.length * classes);
  labels.forEach((label, b) => {
    targets[b * classes + label] = 1;
  });
  return { targets, shares: new Float32Array(labels.length).fill(1 / labels.length) };
}
