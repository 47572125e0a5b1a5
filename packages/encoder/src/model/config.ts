import { EncoderError } from "../errors.js";
import type { Activation } from "../operations/elementwise.js";

/** Which tensor of the encoder the classifier reads. */
export type Tap = "block" | "attention-norm" | "feed-forward" | "last" | "pooler";

/** How the classifier reduces a text's token rows to one row. */
export type Pooling = "cls" | "cls-mean-embedding" | "mean" | "cnn";

/** What the classifier reads. `layer` counts blocks from 1; `last` and `pooler` read block N. */
export interface HeadConfig {
  readonly tap: Tap;
  readonly layer: number;
  readonly pooling: Pooling;
  /** Buckets of the wide part: hashed bi- and trigrams of tokens into the logits; 0 = none. */
  readonly wideBuckets: number;
}

/**
 * The two encoders of one forward pass. ALBERT's blocks share weights by groups, and its embeddings
 * are mapped from E to H; BERT has one group a block, and E = H without a mapping.
 */
export type ModelType = "albert" | "bert";

/** Sizes and choices of a classifier: E, H, N, I in the model's comments. */
export interface EncoderConfig {
  readonly modelType: ModelType;
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly groups: number;
  readonly innerLayers: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly activation: Activation;
  readonly maxPositions: number;
  readonly segments: number;
  readonly layerNormEpsilon: number;
  readonly initializerRange: number;
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  /** False where E = H and the checkpoint has no Dense E -> H (Google, bert4keras). */
  readonly embeddingMapping: boolean;
  readonly head: HeadConfig;
  /** Most pieces of a text, [CLS] and [SEP] counted. */
  readonly maxLength: number;
}

export type PresetName = "albert-tiny" | "albert-small" | "albert-base";

/** Explicit sizes instead of a preset's name. */
export interface ModelSizes {
  hiddenSize: number;
  intermediateSize: number;
  embeddingSize?: number | undefined;
  layers?: number | undefined;
  heads?: number | undefined;
}

/** The head as a caller asks for it. */
export interface HeadOptions {
  tap?: Tap | undefined;
  layer?: number | undefined;
  pooling?: Pooling | undefined;
  wideBuckets?: number | undefined;
}

/** What a caller chooses; the rest has defaults. */
export interface ModelOptions {
  preset?: PresetName | ModelSizes | undefined;
  head?: HeadOptions | undefined;
  maxLength?: number | undefined;
  activation?: Activation | undefined;
  hiddenDropout?: number | undefined;
  attentionDropout?: number | undefined;
}

const PRESETS: Record<PresetName, Required<ModelSizes>> = {
  "albert-tiny": {
    embeddingSize: 128,
    hiddenSize: 312,
    layers: 4,
    heads: 12,
    intermediateSize: 1248,
  },
  "albert-small": {
    embeddingSize: 128,
    hiddenSize: 384,
    layers: 6,
    heads: 12,
    intermediateSize: 1536,
  },
  "albert-base": {
    embeddingSize: 128,
    hiddenSize: 768,
    layers: 12,
    heads: 12,
    intermediateSize: 3072,
  },
};

/**
 * The configuration for a model trained from random weights. Without options: albert-tiny, read
 * after block 1 (later blocks are never computed), the CLS row joined with the mean embedding.
 * Throws `bad-config`.
 */
export function modelConfig(options: ModelOptions = {}): EncoderConfig {
  const preset = options.preset ?? "albert-tiny";
  const sizes = typeof preset === "string" ? PRESETS[preset] : preset;
  const maxLength = options.maxLength ?? 64;
  const layers = sizes.layers ?? 1;
  return checkConfig({
    modelType: "albert",
    embeddingSize: sizes.embeddingSize ?? 128,
    hiddenSize: sizes.hiddenSize,
    layers,
    groups: 1,
    innerLayers: 1,
    heads: sizes.heads ?? 12,
    intermediateSize: sizes.intermediateSize,
    activation: options.activation ?? "gelu-tanh",
    // No text would ever train the positions beyond it.
    maxPositions: maxLength,
    segments: 2,
    layerNormEpsilon: 1e-12,
    initializerRange: 0.02,
    hiddenDropout: options.hiddenDropout ?? 0.1,
    attentionDropout: options.attentionDropout ?? 0,
    embeddingMapping: true,
    head: headConfig(options.head, layers),
    maxLength,
  });
}

/** The head with its defaults; `last` and `pooler` read block `layers`. */
export function headConfig(head: HeadOptions | undefined, layers: number): HeadConfig {
  const tap = head?.tap ?? "block";
  const layer = tap === "last" || tap === "pooler" ? layers : (head?.layer ?? 1);
  const pooling = head?.pooling ?? (tap === "pooler" ? "cls" : "cls-mean-embedding");
  return { tap, layer, pooling, wideBuckets: head?.wideBuckets ?? 0 };
}

/** How many blocks the head needs: the later ones are never computed. */
export function blocksNeeded(config: EncoderConfig): number {
  return config.head.layer;
}

/** Returns the configuration unchanged, or throws `bad-config` naming every fault. */
export function checkConfig(config: EncoderConfig): EncoderConfig {
  const faults: string[] = [];
  const { hiddenSize, heads, layers, groups, head, embeddingSize } = config;
  const counts = {
    embeddingSize,
    hiddenSize,
    layers,
    groups,
    heads,
    innerLayers: config.innerLayers,
    intermediateSize: config.intermediateSize,
    maxPositions: config.maxPositions,
    segments: config.segments,
  };
  for (const [name, value] of Object.entries(counts)) {
    if (!Number.isInteger(value) || value < 1)
      faults.push(`${name} ${value} is not a positive integer`);
  }
  if (hiddenSize % heads !== 0) {
    faults.push(`hiddenSize ${hiddenSize} is not a multiple of heads ${heads}`);
  }
  if (groups > layers) faults.push(`groups ${groups} exceeds layers ${layers}`);
  if (!Number.isInteger(head.layer) || head.layer < 1 || head.layer > layers) {
    faults.push(`head.layer ${head.layer} is not one of the blocks 1..${layers}`);
  }
  if (head.tap === "pooler" && head.pooling !== "cls") {
    faults.push(`the pooler reads the CLS row alone, not pooling ${head.pooling}`);
  }
  if (!config.embeddingMapping && embeddingSize !== hiddenSize) {
    faults.push(
      `without a mapping embeddingSize ${embeddingSize} must equal hiddenSize ${hiddenSize}`,
    );
  }
  if (config.maxLength > config.maxPositions) {
    faults.push(
      `maxLength ${config.maxLength} exceeds the ${config.maxPositions} positions that the model has; set it to at most ${config.maxPositions}`,
    );
  }
  for (const name of ["hiddenDropout", "attentionDropout"] as const) {
    if (!(config[name] >= 0 && config[name] < 1))
      faults.push(`${name} ${config[name]} is not in [0, 1)`);
  }
  if (faults.length > 0) throw new EncoderError("bad-config", `Model: ${faults.join("; ")}.`);
  return config;
}
