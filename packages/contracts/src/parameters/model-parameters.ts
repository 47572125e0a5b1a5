import { z } from "zod";
import { text } from "../values/constraints.js";
import { renamedEnum } from "../values/renamed-enum.js";

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
      unknown: z.enum(["word", "piece"]).meta({ id: "UnknownWords" }).default("piece").meta({
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

/** The network: its sizes, what its head reads, and the vocabulary. */
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
    checkpoint: z
      .strictObject({
        path: text().min(1).max(500),
        format: z
          .enum(["safetensors", "tensorflow-bundle"])
          .meta({ id: "CheckpointFormat" })
          .optional(),
      })
      .meta({ id: "CheckpointSource" })
      .optional()
      .meta({
        description:
          "A folder below the worker's MODELS_DIR: Hugging Face (config.json, model.safetensors, vocab.txt) or Google (albert_config.json, *.index, *.data-*, vocab*.txt). Its vocabulary and encoder are used, its classifier is not",
      }),
    head: z
      .strictObject({
        tap: Tap.default("block").meta({ description: "Where the classifier reads the encoder" }),
        layer: z.int().min(1).max(48).default(1).meta({ description: "Of which block" }),
        pooling: z
          .enum(["cls", "cls-mean-embedding", "mean", "cnn"])
          .meta({ id: "HeadPooling" })
          .optional()
          .meta({
            description: "Default cls-mean-embedding; cls at the pooler",
          }),
        wideBuckets: z.int().min(0).max(1_048_576).default(0).meta({
          description: "Buckets of hashed bi- and trigrams that feed the logits directly; 0: none",
        }),
      })
      .meta({ id: "HeadParams" })
      .prefault({}),
    activation: z.enum(["gelu", "gelu-tanh", "relu"]).meta({ id: "Activation" }).optional().meta({
      description: "`gelu` is the erf form. Default gelu-tanh, or what the checkpoint says",
    }),
    ...TOKENS,
  })
  .meta({ id: "AlbertParams" });
export type AlbertParams = z.infer<typeof AlbertParams>;

/** A linear model over n-grams of the same tokens, alone. */
export const LinearParams = z
  .strictObject({ kind: z.literal("linear"), ...TOKENS })
  .meta({ id: "LinearParams" });
export type LinearParams = z.infer<typeof LinearParams>;

/** Naive Bayes over words and characters, in closed form: it has nothing to set. */
export const QuickParams = z.strictObject({ kind: z.literal("quick") }).meta({ id: "QuickParams" });

/** The model that the folds are trained with. Requests of before there were others name no kind. */
export const ModelParams = z
  .discriminatedUnion("kind", [AlbertParams, LinearParams, QuickParams])
  .meta({ id: "ModelParams" });
export type ModelParams = z.infer<typeof ModelParams>;

/** The models whose probabilities a pool is made of. */
export const RunMember = z.enum(["network", "linear", "quick", "second"]).meta({ id: "RunMember" });
export type RunMember = z.infer<typeof RunMember>;

/** What a model is called in requests and on the command line. */
export type ModelKind = NonNullable<ModelParams["kind"]>;
export const MODEL_KINDS = ["albert", "linear", "quick"] as const satisfies readonly ModelKind[];
