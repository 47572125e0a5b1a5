import { EncoderError } from "../errors.js";
import {
  checkConfig,
  type EncoderConfig,
  type HeadConfig,
  type HeadOptions,
  headConfig,
  type ModelType,
} from "../model/config.js";
import type { Activation } from "../operations/elementwise.js";

/** Who wrote the configuration file: the two mean different things by `hidden_act: "gelu"`. */
export type CheckpointFlavour = "hugging-face" | "google";

/** What a caller may set on top of a checkpoint's own configuration. */
export interface CheckpointOptions {
  /** The model that it must be; default: what the folder says. */
  modelType?: ModelType | undefined;
  head?: HeadOptions | undefined;
  maxLength?: number | undefined;
  /** Overrides `hidden_act` (bert4keras uses the erf form for Google's files). */
  activation?: Activation | undefined;
  hiddenDropout?: number | undefined;
  attentionDropout?: number | undefined;
}

/**
 * What a configuration says of its model: `model_type`, or in older files the class that wrote it;
 * undefined where it says nothing. Throws `unsupported-checkpoint` for other models.
 */
export function statedModelType(text: string, file: string): ModelType | undefined {
  const { model_type: type, architectures, embedding_size: factorised } = parseJson(text);
  if (typeof type === "string" && type !== "") {
    if (type === "albert" || type === "bert") return type;
    throw new EncoderError(
      "unsupported-checkpoint",
      `${file} describes a ${type} model; albert and bert can be read. Take such a model, for instance sentence-transformers/all-MiniLM-L6-v2, or give the vectors of this one as a file.`,
    );
  }
  const [name] = Array.isArray(architectures) ? architectures : [];
  if (/^Albert/.test(String(name))) return "albert";
  if (/^Bert/.test(String(name))) return "bert";
  return file.startsWith("albert") || factorised !== undefined
    ? "albert"
    : file.startsWith("bert")
      ? "bert"
      : undefined;
}

/**
 * A configuration from `config.json` (Hugging Face), or `albert_config.json` or `bert_config.json`
 * (Google). "gelu" is the erf form, but the tanh form in Google's files of ALBERT. The head reads the
 * CLS row after block 1 unless the file (one of our own) or the caller says otherwise. Throws
 * `bad-checkpoint`, `unsupported-checkpoint`.
 */
export function parseCheckpointConfig(
  text: string,
  flavour: CheckpointFlavour,
  options: CheckpointOptions = {},
): { config: EncoderConfig; vocabularySize: number } {
  const json = parseJson(text);
  const number = (name: string, fallback?: number): number => {
    const value = json[name] ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new EncoderError("bad-checkpoint", `The configuration has no number ${name}.`);
    }
    return value;
  };
  refuseVariants(json);
  const modelType = options.modelType ?? "albert";
  const isBert = modelType === "bert";
  const layers = number("num_hidden_layers");
  const hiddenSize = number("hidden_size");
  const embeddingSize = isBert ? hiddenSize : number("embedding_size");
  const maxPositions = number("max_position_embeddings");
  const own = (json.winnow_head ?? {}) as Partial<HeadConfig>;
  const config = checkConfig({
    modelType,
    embeddingSize,
    hiddenSize,
    layers,
    groups: isBert ? layers : number("num_hidden_groups", 1),
    innerLayers: isBert ? 1 : number("inner_group_num", 1),
    heads: number("num_attention_heads"),
    intermediateSize: number("intermediate_size"),
    activation: options.activation ?? activation(json.hidden_act, flavour === "google" && !isBert),
    maxPositions,
    segments: number("type_vocab_size", 2),
    layerNormEpsilon: number("layer_norm_eps", 1e-12),
    initializerRange: number("initializer_range", 0.02),
    hiddenDropout: options.hiddenDropout ?? number("hidden_dropout_prob", 0),
    attentionDropout: options.attentionDropout ?? number("attention_probs_dropout_prob", 0),
    embeddingMapping: !isBert && (flavour === "hugging-face" || embeddingSize !== hiddenSize),
    head: headConfig({ pooling: "cls", ...own, ...defined(options.head) }, layers),
    maxLength: options.maxLength ?? Math.min(64, maxPositions),
  });
  return { config, vocabularySize: number("vocab_size") };
}

/** The `config.json` of a trained model, as Hugging Face's AlbertConfig or BertConfig reads it. */
export function huggingFaceConfig(
  config: EncoderConfig,
  vocabularySize: number,
  classNames: readonly string[],
): Record<string, unknown> {
  const isBert = config.modelType === "bert";
  return {
    model_type: config.modelType,
    architectures: [`${isBert ? "Bert" : "Albert"}ForSequenceClassification`],
    vocab_size: vocabularySize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    ...(!isBert && {
      embedding_size: config.embeddingSize,
      num_hidden_groups: config.groups,
      inner_group_num: config.innerLayers,
    }),
    num_attention_heads: config.heads,
    intermediate_size: config.intermediateSize,
    hidden_act: { gelu: "gelu", "gelu-tanh": "gelu_new", relu: "relu" }[config.activation],
    hidden_dropout_prob: config.hiddenDropout,
    attention_probs_dropout_prob: config.attentionDropout,
    ...(isBert ? { classifier_dropout: 0 } : { classifier_dropout_prob: 0 }),
    max_position_embeddings: config.maxPositions,
    type_vocab_size: config.segments,
    initializer_range: config.initializerRange,
    layer_norm_eps: config.layerNormEpsilon,
    pad_token_id: 0,
    ...(!isBert && { bos_token_id: 2, eos_token_id: 3 }),
    id2label: Object.fromEntries(classNames.map((name, id) => [id, name])),
    label2id: Object.fromEntries(classNames.map((name, id) => [name, id])),
    winnow_head: config.head,
  };
}

/** Variants of BERT that compute something else from the same names. */
function refuseVariants(json: Record<string, unknown>): void {
  const { position_embedding_type: positions, is_decoder: isDecoder } = json;
  const fault =
    positions !== undefined && positions !== null && positions !== "absolute"
      ? `position_embedding_type ${JSON.stringify(positions)}, which this encoder does not compute; take a checkpoint with absolute positions`
      : isDecoder === true || json.add_cross_attention === true
        ? "a decoder; take the encoder that it was trained with"
        : null;
  if (fault === null) return;
  throw new EncoderError("unsupported-checkpoint", `The checkpoint's configuration has ${fault}.`);
}

function activation(name: unknown, gelusAreTanh: boolean): Activation {
  switch (name) {
    case "gelu":
      return gelusAreTanh ? "gelu-tanh" : "gelu";
    case "gelu_new":
    case "gelu_fast":
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
