import { z } from "zod";
import { DatasetId, UploadId } from "./ids.js";
import { Seed } from "./primitives.js";
import { PruningOptions } from "./pruning-parameters.js";

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
