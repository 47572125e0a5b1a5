import { z } from "zod";
import { renamedEnum } from "../values/renamed-enum.js";
import { CheckpointSource } from "./checkpoint-parameters.js";
import { EmbeddingSource } from "./embedding-parameters.js";
import { EncoderSource } from "./encoder-parameters.js";

const ModelSize = z
  .strictObject({
    hiddenSize: z.int().min(4).max(4096),
    embeddingSize: z.int().min(4).max(4096).default(128),
    layers: z.int().min(1).max(48).default(1),
    heads: z.int().min(1).max(64).default(12),
    intermediateSize: z.int().min(4).max(16_384),
  })
  .meta({ id: "ModelSize" });

/** Which tensor of the encoder the classifier reads. */
const Tap = renamedEnum(["block", "attention-norm", "feed-forward", "last", "pooler"], {
  "seed-described": 'tap "block" with layer 1 and pooling "cls"',
  "seed-dropout-0": 'tap "attention-norm" with layer 2 and pooling "cls"',
  "seed-dropout": 'tap "feed-forward" with layer 2 and pooling "cls"',
}).meta({ id: "HeadTap" });

const UnknownWords = z.enum(["word", "piece"]).meta({ id: "UnknownWords" });

/** How a text becomes tokens. */
const TOKENS = {
  vocabulary: z
    .strictObject({
      maxSize: z.int().min(100).max(100_000).default(21_128).meta({ description: "In tokens" }),
      minCount: z
        .int()
        .min(1)
        .default(2)
        .meta({ description: "Rarer words get no token of their own" }),
    })
    .meta({ id: "VocabularyParams" })
    .prefault({}),
  tokenizer: z
    .strictObject({
      unknown: UnknownWords.default("piece").meta({
        description:
          "word: one [UNK] for an unknown word, as in BERT; piece: one for each unmatched character",
      }),
      lowerCase: z.boolean().default(true),
    })
    .meta({ id: "TokenizerParams" })
    .prefault({}),
  maxLength: z
    .int()
    .min(4)
    .max(512)
    .default(64)
    .meta({ description: "Tokens of a text that are read; the rest is cut off" }),
};

const CHECKPOINT_HELP =
  "A folder below the worker's MODELS_DIR: Hugging Face (config.json, model.safetensors or pytorch_model.bin, vocab.txt) or Google (albert_config.json or bert_config.json, *.index, *.data-*, vocab*.txt). Its vocabulary and encoder are used, its classifier is not";

const Pooling = z.enum(["cls", "cls-mean-embedding", "mean", "cnn"]).meta({ id: "HeadPooling" });
const HEAD = {
  layer: z.int().min(1).max(48).default(1).meta({ description: "Of which block" }),
  wideBuckets: z.int().min(0).max(1_048_576).default(0).meta({
    description: "Buckets of hashed bi- and trigrams that feed the logits directly; 0: none",
  }),
};
const TAP_HELP = "Where the classifier reads the encoder";
const Activation = z.enum(["gelu", "gelu-tanh", "relu"]).meta({ id: "Activation" });

/** Where the vectors of the rows come from, if there are any: one of these. */
const VECTORS = {
  embeddings: EmbeddingSource.optional().meta({
    description:
      "Vectors of the rows: a Gaussian over them joins the pool, which then has two rounds of it and of the quick model",
  }),
  encoder: EncoderSource.optional().meta({
    description: "Instead of `embeddings`: the workers compute the vectors, each text's once",
  }),
  embeddingsEndpoint: z.boolean().optional().meta({
    description:
      "Instead of `embeddings`: the workers ask the embeddings endpoint that EMBEDDINGS_URL names for the vectors, for each text once",
  }),
};

/** ALBERT: its sizes, what its head reads, and the vocabulary. */
export const AlbertParams = z
  .strictObject({
    kind: z.literal("albert").optional().meta({ description: "The default" }),
    preset: z
      .union([
        z.enum(["albert-tiny", "albert-small", "albert-base"]).meta({ id: "ModelPreset" }),
        ModelSize,
      ])
      .default("albert-tiny")
      .meta({ description: "The sizes; ignored with a checkpoint" }),
    checkpoint: CheckpointSource.optional().meta({ description: CHECKPOINT_HELP }),
    head: z
      .strictObject({
        tap: Tap.default("block").meta({ description: TAP_HELP }),
        pooling: Pooling.optional().meta({
          description: "Default cls-mean-embedding; cls at the pooler",
        }),
        ...HEAD,
      })
      .meta({ id: "HeadParams" })
      .prefault({}),
    activation: Activation.optional().meta({
      description: "`gelu` is the erf form. Default gelu-tanh, or what the checkpoint says",
    }),
    ...TOKENS,
    ...VECTORS,
  })
  .meta({ id: "AlbertParams" });
export type AlbertParams = z.infer<typeof AlbertParams>;

/** BERT, which always begins with a checkpoint: its sizes and its vocabulary are the folder's. */
export const BertParams = z
  .strictObject({
    kind: z.literal("bert"),
    checkpoint: CheckpointSource.meta({ description: CHECKPOINT_HELP }),
    head: z
      .strictObject({
        tap: Tap.default("last").meta({ description: TAP_HELP }),
        pooling: Pooling.optional().meta({ description: "Default mean; cls at the pooler" }),
        ...HEAD,
      })
      .meta({ id: "BertHeadParams" })
      .prefault({}),
    activation: Activation.optional().meta({ description: "Default: what the checkpoint says" }),
    tokenizer: z
      .strictObject({
        unknown: UnknownWords.default("word"),
        lowerCase: z.boolean().optional().meta({ description: "Default: what the folder says" }),
      })
      .meta({ id: "BertTokenizerParams" })
      .prefault({}),
    maxLength: TOKENS.maxLength,
    ...VECTORS,
  })
  .meta({ id: "BertParams" });
export type BertParams = z.infer<typeof BertParams>;

/** The models that are networks. */
export type NetworkParams = AlbertParams | BertParams;

/** How classes in a tree are predicted. */
const LEVELS = {
  levels: z.enum(["flat", "parent-first"]).meta({ id: "ModelLevels" }).optional().meta({
    description:
      "parent-first: of classes named `parent/child` the parent, then the child by a model of that parent's rows alone. Default flat: all classes at once",
  }),
};

/** A linear model over n-grams of the same tokens, alone. */
export const LinearParams = z
  .strictObject({ kind: z.literal("linear"), ...TOKENS, ...LEVELS, ...VECTORS })
  .meta({ id: "LinearParams" });
export type LinearParams = z.infer<typeof LinearParams>;

/** Naive Bayes over words and characters, in closed form; with vectors two rounds of both. */
export const QuickParams = z
  .strictObject({ kind: z.literal("quick"), ...LEVELS, ...VECTORS })
  .meta({ id: "QuickParams" });

/** The model that the folds are trained with. Requests of before there were others name no kind. */
export const ModelParams = z
  .discriminatedUnion("kind", [AlbertParams, BertParams, LinearParams, QuickParams])
  .meta({ id: "ModelParams" });
export type ModelParams = z.infer<typeof ModelParams>;

/** The models whose probabilities a pool is made of. */
export const RunMember = z
  .enum(["network", "linear", "quick", "second", "vectors", "vectors-second"])
  .meta({ id: "RunMember" });
export type RunMember = z.infer<typeof RunMember>;

/** What a model is called in requests and on the command line. */
export type ModelKind = NonNullable<ModelParams["kind"]>;
export const MODEL_KINDS = [
  "albert",
  "bert",
  "linear",
  "quick",
] as const satisfies readonly ModelKind[];
