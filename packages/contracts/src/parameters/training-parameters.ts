import { z } from "zod";
import { text } from "../values/constraints.js";
import { DatasetId, PruningId, UploadId } from "../values/ids.js";
import { Seed } from "../values/primitives.js";
import { renamedEnum } from "../values/renamed-enum.js";
import { ArrayName, ColumnClasses } from "./class-columns.js";
import { PruningOptions } from "./pruning-parameters.js";

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

/** The sizes of the model, what its head reads, and the vocabulary. */
export const ModelParams = z
  .strictObject({
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
    activation: z.enum(["gelu", "gelu-tanh", "relu"]).meta({ id: "Activation" }).optional().meta({
      description: "`gelu` is the erf form. Default gelu-tanh, or what the checkpoint says",
    }),
    maxLength: z
      .int()
      .min(4)
      .max(512)
      .default(64)
      .meta({ description: "Tokens of a text that are read; the rest is cut off" }),
  })
  .meta({ id: "ModelParams" });
export type ModelParams = z.infer<typeof ModelParams>;

const WarmupSteps = z.int().min(0).max(1_000_000);

const SchedulePoint = z
  .tuple([
    z.int().min(1).meta({ id: "ScheduleStep" }),
    z.number().min(0).max(100).meta({ id: "ScheduleMultiplier" }),
  ])
  .meta({ id: "SchedulePoint" });

/** How the learning rate changes: a multiplier of the base rate at each step, counted from 0. */
export const LearningRateSchedule = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("constant") }).meta({ id: "ConstantSchedule" }),
    z
      .strictObject({
        type: z.literal("piecewise"),
        points: z.array(SchedulePoint).min(1).max(50).meta({
          description:
            "[step, multiplier] in ascending order; linear in between, starting at [0, 0]",
        }),
      })
      .meta({ id: "PiecewiseSchedule" }),
    z
      .strictObject({ type: z.literal("warm-up"), warmupSteps: WarmupSteps.default(100) })
      .meta({ id: "WarmUpSchedule" }),
    z
      .strictObject({
        type: z.enum(["linear", "cosine"]).meta({ id: "Decay" }),
        warmupSteps: WarmupSteps.default(100),
        end: z.number().min(0).max(1).default(0.1),
      })
      .meta({ id: "DecaySchedule" }),
  ])
  .meta({ id: "LearningRateSchedule" });
export type LearningRateSchedule = z.infer<typeof LearningRateSchedule>;

/** What a training learns from instead of the given labels alone. */
export const SoftTargetSource = z
  .discriminatedUnion("type", [
    z
      .strictObject({ type: z.literal("pruning"), pruningId: PruningId })
      .meta({ id: "PruningTargets" }),
    z
      .strictObject({
        type: z.literal("upload"),
        uploadId: UploadId,
        array: ArrayName,
        classes: ColumnClasses,
        force: z.boolean().default(false).meta({
          description:
            "Uses the columns even if they fit the given labels far better in another order of classes",
        }),
      })
      .meta({ id: "UploadedTargets" }),
  ])
  .meta({ id: "SoftTargetSource" });
export type SoftTargetSource = z.infer<typeof SoftTargetSource>;

/** How the epoch whose predictions count is chosen. */
export const EpochChoice = z.enum(["vote", "fold", "last"]).meta({ id: "EpochChoice" });
export type EpochChoice = z.infer<typeof EpochChoice>;

const fraction = () => z.number().min(0).lt(1);

/** The recipe chooses what is left out, from the numbers of rows and classes. */
export const TrainingParams = z
  .strictObject({
    recipe: renamedEnum(["scratch", "fine-tune"], { seed: '"fine-tune"' })
      .meta({ id: "Recipe" })
      .optional()
      .meta({ description: "Default scratch, or fine-tune with a checkpoint" }),
    epochs: z.int().min(1).max(100).optional(),
    batchSize: z.int().min(1).max(4096).optional(),
    microBatchSize: z.int().min(1).max(4096).optional().meta({
      description: "Rows of one forward pass; a step sums several passes. Default batchSize",
    }),
    learningRate: z.number().positive().max(1).optional(),
    schedule: LearningRateSchedule.optional(),
    optimizer: z.enum(["adam", "adamw"]).meta({ id: "Optimizer" }).optional(),
    weightDecay: z
      .number()
      .min(0)
      .max(10)
      .optional()
      .meta({ description: "For adamw; default 0.01" }),
    dropout: fraction().optional().meta({ description: "Of hidden rows" }),
    attentionDropout: fraction().optional().meta({ description: "Of attention weights" }),
    labelSmoothing: fraction()
      .optional()
      .meta({ description: "Share of the target that is spread over all classes" }),
    clipNorm: z
      .number()
      .min(0)
      .max(1e6)
      .optional()
      .meta({ description: "Largest norm of all gradients; 0: no clipping" }),
    classWeights: z
      .enum(["none", "balanced"])
      .meta({ id: "ClassWeights" })
      .optional()
      .meta({ description: "balanced: rare classes weigh more" }),
    averaging: fraction().optional().meta({
      description:
        "Decay of the running average of the weights, which predicts; 0: the last weights predict",
    }),
    embeddings: z.enum(["ppmi-svd", "random"]).meta({ id: "EmbeddingStart" }).optional().meta({
      description: "Start of the word embeddings: from the texts' co-occurrences, or random",
    }),
    linearPart: z.boolean().optional().meta({
      description:
        "Whether a linear model over n-grams is also trained and averaged with the network; default with the recipe scratch from 3,000 training rows on",
    }),
    evaluateEvery: z.int().min(1).max(100).optional().meta({ description: "In epochs" }),
    patience: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .meta({ description: "Evaluations without a lower held-out loss after which a fold ends" }),
    epochChoice: EpochChoice.optional().meta({
      description:
        "Which epoch's predictions are used: the epoch with the lowest held-out loss over all folds, each fold's own best, or the last. Default vote; last with the recipe fine-tune and no patience",
    }),
    pretraining: z
      .strictObject({
        epochs: z.int().min(1).max(50).default(3),
        batchSize: z.int().min(1).max(4096).default(64),
        learningRate: z.number().positive().max(1).default(1e-3),
      })
      .meta({ id: "PretrainingParams" })
      .optional()
      .meta({
        description:
          "Language-model training on the dataset's own texts before the folds: masked pieces and order of halves",
      }),
    softTargets: SoftTargetSource.optional().meta({
      description:
        "A pruning's posterior over the classes, or an uploaded npy or npz (n, C), one column per class",
    }),
    keepModels: z
      .boolean()
      .default(false)
      .meta({ description: "Keeps each fold's model as a Hugging Face folder for download" }),
  })
  .meta({ id: "TrainingParams" });
export type TrainingParams = z.infer<typeof TrainingParams>;

export const FoldTrainingParams = z
  .strictObject({
    datasetId: DatasetId,
    folds: z.int().min(2).max(20).default(5).meta({ description: "The number of folds, K" }),
    seed: Seed.default(1),
    model: ModelParams.prefault({}),
    training: TrainingParams.prefault({}),
    backend: z
      .enum(["auto", "tfjs-node-gpu", "tfjs-node", "webgpu", "wasm"])
      .meta({ id: "Backend" })
      .default("auto")
      .meta({ description: "auto: the fastest that the worker has" }),
    nearDuplicates: z
      .enum(["ignore", "together"])
      .meta({ id: "NearDuplicateFolds" })
      .default("ignore")
      .meta({
        description:
          "together: near-duplicates share a fold, so that no text leaks into its own test",
      }),
    pruning: PruningOptions.optional().meta({
      description: "Queues a pruning with these options when the last fold is done",
    }),
  })
  .meta({ id: "FoldTrainingParams" });
export type FoldTrainingParams = z.infer<typeof FoldTrainingParams>;
