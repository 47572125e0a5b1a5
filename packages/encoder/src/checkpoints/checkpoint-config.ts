import { EncoderError } from "../errors.js";
import {
  type AlbertConfig,
  checkConfig,
  type HeadConfig,
  type HeadOptions,
  headConfig,
} from "../model/config.js";
import type { Activation } from "../operations/elementwise.js";

/** Who wrote the configuration file: the two mean different things by `hidden_act: "gelu"`. */
export type CheckpointFlavour = "hugging-face" | "google";

/** What a caller may set on top of a checkpoint's own configuration. */
export interface CheckpointOptions {
  head?: HeadOptions | undefined;
  maxLength?: number | undefined;
  /** Overrides `hidden_act` (bert4keras uses the erf form for Google's files). */
  activation?: Activation | undefined;
  hiddenDropout?: number | undefined;
  attentionDropout?: number | undefined;
}

/**
 * A configuration from `config.json` (Hugging Face) or `albert_config.json` (Google). "gelu" is
 * the erf form in Hugging Face's files and the tanh form in Google's. The head reads the CLS row
 * after block 1 unless the file (one of our own) or the caller says otherwise. Throws
 * `bad-checkpoint`.
 */
export function parseCheckpointConfig(
  text: string,
  flavour: CheckpointFlavour,
  options: CheckpointOptions = {},
): { config: AlbertConfig; vocabularySize: number } {
  const json = parseJson(text);
  const number = (name: string, fallback?: number): number => {
    const value = json[name] ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new EncoderError("bad-checkpoint", `The configuration has no number ${name}.`);
    }
    return value;
  };
  const layers = number("num_hidden_layers");
  const embeddingSize = number("embedding_size");
  const hiddenSize = number("hidden_size");
  const maxPositions = number("max_position_embeddings");
  const own = (json.winnow_head ?? {}) as Partial<HeadConfig>;
  const config = checkConfig({
    embeddingSize,
    hiddenSize,
    layers,
    groups: number("num_hidden_groups", 1),
    innerLayers: number("inner_group_num", 1),
    heads: number("num_attention_heads"),
    intermediateSize: number("intermediate_size"),
    activation: options.activation ?? activation(json.hidden_act, flavour),
    maxPositions,
    segments: number("type_vocab_size", 2),
    layerNormEpsilon: number("layer_norm_eps", 1e-12),
    initializerRange: number("initializer_range", 0.02),
    hiddenDropout: options.hiddenDropout ?? number("hidden_dropout_prob", 0),
    attentionDropout: options.attentionDropout ?? number("attention_probs_dropout_prob", 0),
    embeddingMapping: flavour === "hugging-face" || embeddingSize !== hiddenSize,
    head: headConfig({ pooling: "cls", ...own, ...defined(options.head) }, layers),
    maxLength: options.maxLength ?? Math.min(64, maxPositions),
  });
  return { config, vocabularySize: number("vocab_size") };
}

/** The `config.json` of a trained model, as Hugging Face's AlbertConfig reads it. */
export function huggingFaceConfig(
  config: AlbertConfig,
  vocabularySize: number,
  classNames: readonly string[],
): Record<string, unknown> {
  return {
    model_type: "albert",
    architectures: ["AlbertForSequenceClassification"],
    vocab_size: vocabularySize,
    embedding_size: config.embeddingSize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_hidden_groups: config.groups,
    inner_group_num: config.innerLayers,
    num_attention_heads: config.heads,
    intermediate_size: config.intermediateSize,
    hidden_act: { gelu: "gelu", "gelu-tanh": "gelu_new", relu: "relu" }[config.activation],
    hidden_dropout_prob: config.hiddenDropout,
    attention_probs_dropout_prob: config.attentionDropout,
    classifier_dropout_prob: 0,
    max_position_embeddings: config.maxPositions,
    type_vocab_size: config.segments,
    initializer_range: config.initializerRange,
    layer_norm_eps: config.layerNormEpsilon,
    pad_token_id: 0,
    bos_token_id: 2,
    eos_token_id: 3,
    id2label: Object.fromEntries(classNames.map((name, id) => [id, name])),
    label2id: Object.fromEntries(classNames.map((name, id) => [name, id])),
    winnow_head: config.head,
  };
}

function activation(name: unknown, flavour: CheckpointFlavour): Activation {
  switch (name) {
    case "gelu":
      return flavour === "google" ? "gelu-tanh" : "gelu";
    case "gelu_new":
    case "gelu_pytorch_tanh":
      return "gelu-tanh";
    case "relu":
      return "relu";
    default:
      throw new EncoderError(
        "unsupported-checkpoint",
        `hidden_act ${JSON.stringify(name)} is not one of gelu, gelu_new, relu.`,
      );
  }
}

function parseJson(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) {
      return json as Record<string, unknown>;
    }
  } catch (cause) {
    throw new EncoderError("bad-checkpoint", "The checkpoint's configuration is not JSON.", {
      cause,
    });
  }
  throw new EncoderError("bad-checkpoint", "The checkpoint's configuration is not a JSON object.");
}

function defined<T extends object>(options: T | undefined): Partial<T> {
  const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<T>;
}
