import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "@winnow/numeric";
import { EncoderError } from "../../errors.js";
import { batchTensors, disposeBatch } from "../../model/batch-tensors.js";
import type { EncoderConfig } from "../../model/config.js";
import { weightOf } from "../../model/forward.js";
import { encodedRows, type Parameters } from "../../model/logits.js";
import { initialWeights, type Weights } from "../../model/parameters.js";
import { dropoutSource, truncatedNormal } from "../../numeric/random-values.js";
import { crossEntropy } from "../../operations/cross-entropy.js";
import { againstRows, layerNorm, linear } from "../../operations/dense.js";
import { type DropoutMasks, dropoutMasks } from "../../operations/dropout.js";
import { activate, sum } from "../../operations/elementwise.js";
import { firstRows, rowsAt } from "../../operations/rows.js";
import { type EpochPart, epochBatches, shardOrder } from "../../text/batches.js";
import type { TokenTable } from "../../text/tokenizer.js";
import type { Vocabulary } from "../../text/vocabulary.js";
import { ADAM } from "../recipe/recipe.js";
import { rateMultiplier, type Schedule } from "../recipe/schedule.js";
import { Adam } from "../steps/optimizer.js";
import { createPretrainingBatch, type PretrainingBatch } from "./pretraining-texts.js";
import { coOccurrenceEmbeddings } from "./word-embeddings.js";

/** Texts in shards, of which one is in memory at a time. */
export interface TokenShards {
  /** Texts of each shard. */
  readonly texts: readonly number[];
  readShard(shard: number): Promise<{ readonly tokens: TokenTable }>;
}

/** All texts of a data set as one shard. */
export const tokensInMemory = (tokens: TokenTable): TokenShards => ({
  texts: [tokens.offsets.length - 1],
  readShard: async () => ({ tokens }),
});

/** How the encoder is pretrained on the texts before the folds are trained. */
export interface PretrainOptions {
  config: EncoderConfig;
  vocabulary: Vocabulary;
  /** Every text of the data set, shard by shard; labels are not used. */
  rows: TokenShards;
  seed: number;
  epochs?: number;
  batchSize?: number;
  learningRate?: number;
  /**
   * A checkpoint's weights to start from; default: random ones with embeddings from co-occurrence.
   */
  weights?: Weights;
  signal?: AbortSignal;
  onProgress?: (progress: { step: number; steps: number; epoch: number; loss: number }) => void;
}

/**
 * Domain pretraining: masked pieces and the order of halves, on the data set's own texts, once for
 * all folds. Returns the encoder's weights, for `weights` of `trainFold`; the two heads are
 * dropped. Throws `training-diverged`, `cancelled`.
 */
export async function pretrain(options: PretrainOptions): Promise<Weights> {
  const { rows, vocabulary, seed, signal } = options;
  const { epochs = 3, batchSize = 64, learningRate = 1e-3 } = options;
  // Pretraining reads every row, whatever the classifier reads later.
  const config: EncoderConfig = {
    ...options.config,
    head: { tap: "block", layer: options.config.head.layer, pooling: "mean", wideBuckets: 0 },
  };
  const schedule: Schedule = { type: "linear", warmupSteps: 100, end: 0.05 };
  const steps = epochs * rows.texts.reduce((sum, texts) => sum + Math.ceil(texts / batchSize), 0);
  const { tokens } = await rows.readShard(0);
  const adam = new Adam(startWeights(options, tokens, config), ADAM);
  let t = 0;
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      for await (const { tokens, batch } of batchesOf(rows, { batchSize, seed, epoch })) {
        if (signal?.aborted) throw new EncoderError("cancelled", "Pretraining was cancelled.");
        const random = createRandom(seed, "pretraining", t);
        const size = vocabulary.tokens.length;
        const masked = createPretrainingBatch(
          tokens,
          batch,
          vocabulary.special,
          size,
          config.maxPositions,
          random,
        );
        const masks = dropoutMasks(dropoutSource(random));
        const { value, grads } = gradients(config, adam.parameters, masked, masks);
        const loss = ((await value.data()) as Float32Array)[0]!;
        value.dispose();
        if (!Number.isFinite(loss)) {
          throw new EncoderError(
            "training-diverged",
            `Pretraining's loss is ${loss} at step ${t}; lower its learningRate.`,
          );
        }
        const gradient = adam.layout.join(grads);
        tf.dispose(grads);
        adam.step(gradient, t, learningRate * rateMultiplier(schedule, t, steps));
        t++;
        options.onProgress?.({ step: t, steps, epoch: epoch + 1, loss });
        await setImmediate();
      }
    }
    const { weights: trained } = await adam.state();
    return new Map([...trained].filter(([name]) => !/^(masked|order|classifier)\b/.test(name)));
  } finally {
    adam.dispose();
  }
}

/** The batches of an epoch, over all shards. */
async function* batchesOf(rows: TokenShards, part: EpochPart) {
  for (const [place, shard] of shardOrder(rows.texts.length, part.seed, part.epoch).entries()) {
    const { tokens } = await rows.readShard(shard);
    const all = Int32Array.from({ length: tokens.offsets.length - 1 }, (_, row) => row);
    for (const batch of epochBatches(all, tokens, { ...part, place })) yield { tokens, batch };
  }
}

/** The encoder and the two heads; neighbours are counted in the first shard, a random draw of many rows. */
function startWeights(
  { vocabulary, seed, weights: given }: PretrainOptions,
  tokens: TokenTable,
  config: EncoderConfig,
): Weights {
  const { embeddingSize: E, hiddenSize: H, initializerRange } = config;
  const size = vocabulary.tokens.length;
  const weights = initialWeights(config, size, 2, seed);
  for (const name of ["classifier.kernel", "classifier.bias"]) weights.delete(name);
  if (given === undefined) {
    weights.set("embeddings.word", {
      shape: [size, E],
      values: coOccurrenceEmbeddings(tokens, size, E, seed),
    });
  }
  for (const [name, weight] of given ?? []) if (weights.has(name)) weights.set(name, weight);
  const normal = (name: string, ...shape: [number, number]) =>
    weights.set(name, {
      shape,
      values: truncatedNormal(
        createRandom(seed, "weights", name),
        shape[0] * shape[1],
        initializerRange,
      ),
    });
  const constant = (name: string, length: number, value: number) =>
    weights.set(name, { shape: [length], values: new Float32Array(length).fill(value) });
  normal("masked.kernel", H, E);
  constant("masked.bias", E, 0);
  constant("masked.norm.scale", E, 1);
  constant("masked.norm.offset", E, 0);
  constant("masked.words", size, 0);
  normal("order.kernel", H, 2);
  constant("order.bias", 2, 0);
  return weights;
}

function gradients(
  config: EncoderConfig,
  parameters: Parameters,
  masked: PretrainingBatch,
  masks: DropoutMasks,
): { value: tf.Tensor; grads: Parameters } {
  const names = Object.keys(parameters);
  const batch = batchTensors(masked, config);
  const lossOf = (...values: tf.Tensor[]): tf.Scalar => {
    const current = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
    const rows = encodedRows(config, current, batch, masks); // (B * S, H)
    return sum(
      maskedLoss(config, current, rows, masked),
      orderLoss(current, rows, masked),
    ) as tf.Scalar;
  };
  const { value, grads } = tf.valueAndGrads(lossOf)(
    names.map((name) => weightOf(parameters, name)),
  );
  disposeBatch(batch);
  return {
    value,
    grads: Object.fromEntries(names.map((name, i) => [name, grads[i]!])),
  };
}

/** The loss of predicting the masked pieces: (m, V) logits over the tied word embeddings. */
function maskedLoss(
  config: EncoderConfig,
  parameters: Parameters,
  rows: tf.Tensor,
  masked: PretrainingBatch,
): tf.Tensor {
  const weight = (name: string) => weightOf(parameters, name);
  const { places, originals } = masked;
  const words = weight("embeddings.word"); // (V, E)
  const at = rowsAt(rows, tf.tensor1d(places, "int32")); // (m, H)
  const dense = linear(at, weight("masked.kernel"), weight("masked.bias")); // (m, E)
  const active = activate(dense, config.activation); // (m, E)
  const normal = layerNorm(
    active,
    weight("masked.norm.scale"),
    weight("masked.norm.offset"),
    config.layerNormEpsilon,
  ); // (m, E)
  const logits = againstRows(normal, words, weight("masked.words")); // (m, V)
  return meanLoss(logits, originals);
}

/** The loss of predicting, from its CLS row, whether a text's halves are swapped. */
function orderLoss(
  parameters: Parameters,
  rows: tf.Tensor,
  { batch, length, swapped }: PretrainingBatch,
): tf.Tensor {
  const cls = firstRows(rows, batch, length); // (B, H)
  const logits = linear(
    cls,
    weightOf(parameters, "order.kernel"),
    weightOf(parameters, "order.bias"),
  ); // (B, 2)
  return meanLoss(logits, swapped);
}

function meanLoss(logits: tf.Tensor, labels: Int32Array): tf.Tensor {
  const classes = logits.shape[1]!;
  const targets = tf.oneHot(tf.tensor1d(labels, "int32"), classes, 1, 0, "float32"); // (m, V)
  return crossEntropy(logits, targets, tf.fill([labels.length], 1 / labels.length));
}
