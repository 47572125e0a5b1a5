import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "@winnow/numeric";
import { batchTensors, disposeBatch } from "../../model/batch-tensors.js";
import type { EncoderConfig } from "../../model/config.js";
import { type Activations, logits } from "../../model/logits.js";
import type { Weights } from "../../model/parameters.js";
import { dropoutSource } from "../../numeric/random-values.js";
import { dropoutMasks } from "../../operations/dropout.js";
import type { TokenBatch } from "../../text/batches.js";
import { ADAM } from "../recipe/recipe.js";
import { rateMultiplier, type Schedule } from "../recipe/schedule.js";
import { download, EagerEngine, gradientsOf, logitsOf, upload } from "./eager-engine.js";
import { GraphEngine } from "./graph-engine.js";
import { type InspectedActivations, inspectGraph } from "./inspect-graph.js";
import type { Engine } from "./step-engine.js";
import { fastestEngine, initialState } from "./trainer.js";

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

/** How an inspection computes. */
export interface InspectionOptions {
  /** Default: what the current backend runs fastest. */
  engine?: Engine;
  /** See `ForwardOptions`. */
  everyRow?: boolean;
  /** Drops activations by this seed; default: none. */
  dropoutSeed?: number;
}

/** Every activation of a forward pass without dropout. */
export async function encoderActivations(
  config: EncoderConfig,
  weights: Weights,
  examples: LabelledBatch,
  { engine = fastestEngine() }: InspectionOptions = {},
): Promise<InspectedActivations> {
  if (engine === "graph") {
    const tokens = tokenBatch(examples);
    const { activations } = await inspectGraph(
      withoutDropout(config),
      weights,
      { tokens, targets: hardTargets(weights, examples) },
      { activations: true, random: null },
    );
    return activations!;
  }
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

/** Logits without dropout, mean cross-entropy and the gradient of every weight the head uses. */
export async function lossAndGradients(
  config: EncoderConfig,
  weights: Weights,
  examples: LabelledBatch,
  { engine = fastestEngine(), everyRow = false, dropoutSeed }: InspectionOptions = {},
): Promise<{ logits: Float32Array; loss: number; gradients: Weights }> {
  const tokens = tokenBatch(examples);
  const targets = hardTargets(weights, examples);
  const random = dropoutSeed === undefined ? null : createRandom(dropoutSeed, "inspection");
  if (engine === "graph") {
    const used = random === null ? withoutDropout(config) : config;
    return inspectGraph(used, weights, { tokens, targets }, { everyRow, random });
  }
  const parameters = upload(weights);
  const masks = random && dropoutMasks(dropoutSource(random));
  const part = gradientsOf(config, parameters, tokens, targets, { masks, everyRow });
  const result = {
    logits: await logitsOf(config, parameters, tokens, everyRow),
    loss: ((await part.loss.data()) as Float32Array)[0]!,
    gradients: await download(part.gradients),
  };
  tf.dispose([part.loss, part.gradients, parameters]);
  return result;
}

/**
 * Losses before each of `steps` Adam steps on one batch and after the last, and the final weights.
 * Nothing is dropped.
 */
export async function trainingTrace(
  config: EncoderConfig,
  weights: Weights,
  examples: LabelledBatch,
  plan: { rate: number; schedule: Schedule; steps: number },
  { engine: name = fastestEngine(), everyRow = false }: InspectionOptions = {},
): Promise<{ losses: number[]; weights: Weights }> {
  const tokens = tokenBatch(examples);
  const targets = hardTargets(weights, examples);
  const { batch } = tokens;
  const settings = {
    optimizer: ADAM,
    averaging: 0,
    clipNorm: 0,
    batchSize: batch,
    microBatchSize: batch,
  };
  const start = initialState(weights, settings);
  const own = withoutDropout(config);
  const engine =
    name === "graph"
      ? await GraphEngine.open(own, settings, start, everyRow)
      : new EagerEngine(own, settings, start, everyRow);
  try {
    const losses: number[] = [];
    const step = (t: number, rate: number) =>
      engine.step([{ tokens, targets }], { t, rate, averaging: 0, random: null });
    for (let t = 0; t < plan.steps; t++) {
      losses.push(await step(t, plan.rate * rateMultiplier(plan.schedule, t, plan.steps)));
    }
    const trained = await engine.predictor();
    losses.push(await step(plan.steps, 0));
    return { losses, weights: trained };
  } finally {
    engine.dispose();
  }
}

function withoutDropout(config: EncoderConfig): EncoderConfig {
  return { ...config, hiddenDropout: 0, attentionDropout: 0 };
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
