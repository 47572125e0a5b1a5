import { z } from "zod";
import { CrossValidationId, DatasetId, UploadId } from "./ids.js";

const Seed = z.int().min(0).max(0xffff_ffff).meta({ description: "Seeds every random choice" });
const Column = z
  .union([z.string().min(1).max(200), z.int().min(0).max(10_000)])
  .meta({ description: "A column's name, its 0-based index, or (jsonl) a dotted path" });

export const DatasetFormat = z
  .strictObject({
    type: z.enum(["toutiao-multilevel", "toutiao", "csv", "tsv", "jsonl", "delimited"]),
    textColumn: Column.optional(),
    labelColumn: Column.optional(),
    idColumn: Column.optional(),
    trueLabelColumn: Column.optional(),
    delimiter: z.string().min(1).max(8).optional(),
    header: z.boolean().optional(),
    labelNames: z.array(z.string().min(1)).min(2).max(10_000).optional(),
  })
  .meta({ id: "DatasetFormat" });
export type DatasetFormat = z.infer<typeof DatasetFormat>;

export const LabelPolicy = z
  .strictObject({
    policy: z.enum(["first", "deepest", "drop-multiple"]).default("first"),
    level: z.union([z.literal(1), z.literal(2), z.literal("full")]).default("full"),
    shortPaths: z.enum(["keep", "drop"]).default("keep"),
    minPerClass: z.int().min(1).max(1_000_000).default(1),
  })
  .meta({ id: "LabelPolicy" });
export type LabelPolicy = z.infer<typeof LabelPolicy>;

export const DatasetSource = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("upload"), uploadId: UploadId }),
  z.strictObject({ type: z.literal("path"), path: z.string().min(1).max(4096) }),
  z.strictObject({ type: z.literal("url"), url: z.url().max(2048) }),
]);
export type DatasetSource = z.infer<typeof DatasetSource>;

export const DatasetIngestParams = z
  .strictObject({
    name: z.string().min(1).max(200),
    source: DatasetSource,
    format: DatasetFormat,
    labels: LabelPolicy.prefault({}),
    sampling: z.strictObject({ perClass: z.int().min(1), seed: Seed.default(1) }).optional(),
    duplicates: z.enum(["keep", "first"]).default("keep"),
  })
  .meta({ id: "DatasetIngestParams" });
export type DatasetIngestParams = z.infer<typeof DatasetIngestParams>;

const ModelSize = z.strictObject({
  hiddenSize: z.int().min(4).max(4096),
  embeddingSize: z.int().min(4).max(4096).default(128),
  layers: z.int().min(1).max(48).default(1),
  heads: z.int().min(1).max(64).default(12),
  intermediateSize: z.int().min(4).max(16_384),
});

/** The sizes of the model, what its head reads, and the vocabulary. */
export const ModelParams = z
  .strictObject({
    preset: z
      .union([z.enum(["albert-tiny", "albert-small", "albert-base"]), ModelSize])
      .default("albert-tiny"),
    head: z
      .strictObject({
        tap: z.enum(["block", "attention-norm", "feed-forward", "last", "pooler"]).default("block"),
        layer: z.int().min(1).max(48).default(1),
        pooling: z.enum(["cls", "cls-mean-embedding", "mean", "cnn"]).default("cls-mean-embedding"),
      })
      .prefault({}),
    vocabulary: z
      .strictObject({
        maxSize: z.int().min(100).max(100_000).default(21_128),
        minCount: z.int().min(1).default(2),
      })
      .prefault({}),
    maxLength: z.int().min(4).max(512).default(64),
  })
  .meta({ id: "ModelParams" });
export type ModelParams = z.infer<typeof ModelParams>;

/** What is left out is chosen by the recipe from the numbers of rows and classes. */
export const TrainingParams = z
  .strictObject({
    recipe: z.enum(["scratch", "seed"]).default("scratch"),
    epochs: z.int().min(1).max(100).optional(),
    batchSize: z.int().min(1).max(4096).optional(),
    learningRate: z.number().positive().max(1).optional(),
  })
  .meta({ id: "TrainingParams" });
export type TrainingParams = z.infer<typeof TrainingParams>;

/** How flags are decided and ordered; shared by POST pruning and by a fold-training job. */
export const PruningOptions = z
  .strictObject({
    semantics: z.enum(["cleanlab-1.0.1", "cleanlab-2"]).default("cleanlab-1.0.1"),
    method: z
      .enum([
        "prune_by_noise_rate",
        "prune_by_class",
        "both",
        "confident_learning",
        "predicted_neq_given",
        "low_self_confidence",
        "low_normalized_margin",
        "argmax",
        "confusion",
        "calibrated_confusion",
        "posterior",
      ])
      .default("prune_by_noise_rate"),
    order: z
      .enum([
        "normalized_margin",
        "prob_given_label",
        "self_confidence",
        "confidence_weighted_entropy",
        "posterior",
      ])
      .default("normalized_margin"),
    scope: z.enum(["dataset", "fold"]).default("dataset"),
    fracNoise: z.number().gt(0).max(1).default(1),
    numToRemovePerClass: z.array(z.int().min(0)).max(10_000).optional(),
    keepAtLeastPerClass: z.int().min(0).max(1_000_000).optional(),
    collision: z.enum(["cleanlab", "paper"]).default("cleanlab"),
    calibrated: z
      .boolean()
      .default(true)
      .meta({ description: "false decides by the raw confident joint" }),
    adjust: z
      .boolean()
      .default(false)
      .meta({ description: "Orders by scores adjusted for each class's threshold" }),
    posteriorCount: z.enum(["prune_by_noise_rate", "argmax"]).default("prune_by_noise_rate"),
    posteriorCut: z.number().min(0).max(1).optional(),
    suggestion: z
      .enum(["argmax", "posterior"])
      .optional()
      .meta({ description: "Default: the posterior where it orders or chooses, else the argmax" }),
  })
  .meta({ id: "PruningOptions" });
export type PruningOptions = z.infer<typeof PruningOptions>;

export const FoldTrainingParams = z
  .strictObject({
    datasetId: DatasetId,
    folds: z.int().min(2).max(20).default(5),
    seed: Seed.default(1),
    model: ModelParams.prefault({}),
    training: TrainingParams.prefault({}),
    backend: z.enum(["auto", "tfjs-node-gpu", "tfjs-node", "webgpu", "wasm"]).default("auto"),
    pruning: PruningOptions.optional(),
  })
  .meta({ id: "FoldTrainingParams" });
export type FoldTrainingParams = z.infer<typeof FoldTrainingParams>;

export const PruningParams = z
  .strictObject({ crossValidationId: CrossValidationId, ...PruningOptions.shape })
  .meta({ id: "PruningParams" });
export type PruningParams = z.infer<typeof PruningParams>;
