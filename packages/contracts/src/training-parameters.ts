import { z } from "zod";
import { DatasetId, PruningId, UploadId } from "./ids.js";
import { Seed } from "./primitives.js";
import { PruningOptions } from "./pruning-parameters.js";
import { renamedEnum } from "./renamed-enum.js";

const ModelSize = z.strictObject({
  hiddenSize: z.int().min(4).max(4096),
  embeddingSize: z.int().min(4).max(4096).default(128),
  layers: z.int().min(1).max(48).default(1),
  heads: z.int().min(1).max(64).default(12),
  intermediateSize: z.int().min(4).max(16_384),
});

/** Which tensor of the encoder the classifier reads. */
const Tap = renamedEnum(["block", "attention-norm", "feed-forward", "last", "pooler"], {
  "seed-described": 'tap "block" with layer 1 and pooling "cls"',
  "seed-dropout-0": 'tap "attention-norm" with layer 2 and pooling "cls"',
  "seed-dropout": 'tap "feed-forward" with layer 2 and pooling "cls"',
});

/** The sizes of the model, what its head reads, and the vocabulary. */
export const ModelParams = z
  .strictObject({
    preset: z
      .union([z.enum(["albert-tiny", "albert-small", "albert-base"]), ModelSize])
      .default("albert-tiny")
      .meta({ description: "A checkpoint has sizes of its own, and this is not looked at" }),
    checkpoint: z
      .strictObject({
        path: z.string().min(1).max(500),
        format: z.enum(["safetensors", "tensorflow-bundle"]).optional(),
      })
      .optional()
      .meta({
        description:
          "A folder below the worker's MODELS_DIR: Hugging Face (config.json, model.safetensors, vocab.txt) or Google (albert_config.json, *.index, *.data-*, vocab*.txt). Its vocabulary is used, its classifier is not",
      }),
    head: z
      .strictObject({
        tap: Tap.default("block"),
        layer: z.int().min(1).max(48).default(1),
        pooling: z.enum(["cls", "cls-mean-embedding", "mean", "cnn"]).optional().meta({
          description: "Default cls-mean-embedding; cls at the pooler",
        }),
        wideBuckets: z.int().min(0).max(1_048_576).default(0).meta({
          description: "Hashed bi- and trigrams straight into the logits; 0: none",
        }),
      })
      .prefault({}),
    vocabulary: z
      .strictObject({
        maxSize: z.int().min(100).max(100_000).default(21_128),
        minCount: z.int().min(1).default(2),
      })
      .prefault({}),
    tokenizer: z
      .strictObject({
        unknown: z.enum(["word", "piece"]).default("piece").meta({
          description: "word: BERT's one [UNK] a word; piece: one for each unmatched character",
        }),
        lowerCase: z.boolean().default(true),
      })
      .prefault({}),
    activation: z.enum(["gelu", "gelu-tanh", "relu"]).optional().meta({
      description: "gelu is the erf form. Default gelu-tanh, or what the checkpoint says",
    }),
    maxLength: z.int().min(4).max(512).default(64),
  })
  .meta({ id: "ModelParams" });
export type ModelParams = z.infer<typeof ModelParams>;

const WarmupSteps = z.int().min(0).max(1_000_000);

/** How the learning rate moves: a multiplier of the base rate at each step, from 0. */
export const LearningRateSchedule = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("constant") }),
  z.strictObject({
    type: z.literal("piecewise"),
    points: z
      .array(z.tuple([z.int().min(1), z.number().min(0).max(100)]))
      .min(1)
      .max(50)
      .meta({ description: "[step, multiplier], ascending; linear between them, from [0, 0]" }),
  }),
  z.strictObject({ type: z.literal("warm-up"), warmupSteps: WarmupSteps.default(100) }),
  z.strictObject({
    type: z.enum(["linear", "cosine"]),
    warmupSteps: WarmupSteps.default(100),
    end: z.number().min(0).max(1).default(0.1),
  }),
]);
export type LearningRateSchedule = z.infer<typeof LearningRateSchedule>;

/** Targets of training instead of the given labels alone. */
export const SoftTargetSource = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("pruning"), pruningId: PruningId }),
  z.strictObject({ type: z.literal("upload"), uploadId: UploadId }),
]);
export type SoftTargetSource = z.infer<typeof SoftTargetSource>;

const fraction = () => z.number().min(0).lt(1);

/** What is left out is chosen by the recipe from the numbers of rows and classes. */
export const TrainingParams = z
  .strictObject({
    recipe: renamedEnum(["scratch", "fine-tune"], { seed: '"fine-tune"' })
      .optional()
      .meta({ description: "Default scratch; fine-tune where a checkpoint is given" }),
    epochs: z.int().min(1).max(100).optional(),
    batchSize: z.int().min(1).max(4096).optional(),
    microBatchSize: z
      .int()
      .min(1)
      .max(4096)
      .optional()
      .meta({ description: "Rows of one forward pass; a step sums several. Default batchSize" }),
    learningRate: z.number().positive().max(1).optional(),
    schedule: LearningRateSchedule.optional(),
    optimizer: z.enum(["adam", "adamw"]).optional(),
    weightDecay: z
      .number()
      .min(0)
      .max(10)
      .optional()
      .meta({ description: "Of adamw; default .01" }),
    dropout: fraction().optional(),
    attentionDropout: fraction().optional(),
    labelSmoothing: fraction().optional(),
    clipNorm: z
      .number()
      .min(0)
      .max(1e6)
      .optional()
      .meta({ description: "Largest norm of all gradients together; 0: no clipping" }),
    classWeights: z.enum(["none", "balanced"]).optional(),
    averaging: fraction()
      .optional()
      .meta({ description: "Decay of the averaged weights that predict; 0: the last ones do" }),
    embeddings: z.enum(["ppmi-svd", "random"]).optional(),
    linearPart: z.boolean().optional().meta({
      description:
        "A linear model over n-grams is trained beside the network and averaged with it; default with the recipe scratch",
    }),
    evaluateEvery: z.int().min(1).max(100).optional(),
    patience: z
      .int()
      .min(0)
      .max(100)
      .optional()
      .meta({ description: "A fold ends after so many evaluations without a lower held-out loss" }),
    epochChoice: z.enum(["vote", "fold", "last"]).optional().meta({
      description:
        "Whose predictions count: of the epoch with the lowest held-out loss over all folds, of each fold's own best, or of the last. Default vote; last with the recipe fine-tune and no patience",
    }),
    pretraining: z
      .strictObject({
        epochs: z.int().min(1).max(50).default(3),
        batchSize: z.int().min(1).max(4096).default(64),
        learningRate: z.number().positive().max(1).default(1e-3),
      })
      .optional()
      .meta({ description: "Masked pieces and order of halves, on the dataset's own texts" }),
    softTargets: SoftTargetSource.optional().meta({
      description: "A pruning's posterior over the classes, or an npy (n, K) that was uploaded",
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
    folds: z.int().min(2).max(20).default(5),
    seed: Seed.default(1),
    model: ModelParams.prefault({}),
    training: TrainingParams.prefault({}),
    backend: z.enum(["auto", "tfjs-node-gpu", "tfjs-node", "webgpu", "wasm"]).default("auto"),
    nearDuplicates: z
      .enum(["ignore", "together"])
      .default("ignore")
      .meta({ description: "together: texts that nearly agree share a fold, so they do not leak" }),
    pruning: PruningOptions.optional(),
  })
  .meta({ id: "FoldTrainingParams" });
export type FoldTrainingParams = z.infer<typeof FoldTrainingParams>;

/** Out-of-sample probabilities from elsewhere: npy (n, K) in sample order, and each row's fold. */
export const ProbabilityImportParams = z
  .strictObject({
    datasetId: DatasetId,
    probabilitiesUploadId: UploadId,
    foldsUploadId: UploadId.optional(),
    pruning: PruningOptions.optional(),
  })
  .meta({ id: "ProbabilityImportParams" });
export type ProbabilityImportParams = z.infer<typeof ProbabilityImportParams>;
