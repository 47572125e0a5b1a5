import { z } from "zod";
import { listOf } from "../values/constraints.js";
import { DatasetId, PruningId, UploadId } from "../values/ids.js";
import { Seed } from "../values/primitives.js";
import { renamedEnum } from "../values/renamed-enum.js";
import { ArrayName, ColumnClasses } from "./class-columns.js";
import { ModelParams } from "./model-parameters.js";
import { PruningOptions } from "./pruning-parameters.js";
import { ReviewUse } from "./review-parameters.js";

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
        points: listOf(SchedulePoint, { min: 1, max: 50 }).meta({
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
      .strictObject({
        type: z.literal("pruning"),
        pruningId: PruningId,
        reviews: ReviewUse.default("follow").meta({
          description:
            "follow: a row that was kept or relabelled before the job was made has its class for certain, and one that was dropped is not learned from. ignore: the posterior alone",
        }),
      })
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

/**
 * The recipe chooses what is left out, from the numbers of rows and classes. Most of it is of ALBERT
 * alone: `trainingFaults` says what the other models do not take.
 */
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
    folds: z.int().min(2).max(20).optional().meta({
      description:
        "The number of folds, K. Default 5; with the quick model 10, or as many as there are rows",
    }),
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
    secondRound: z.boolean().optional().meta({
      description:
        "Whether the last fold's end queues the second round, whose pool of this model and the quick one becomes the run's probabilities. Default true with albert, false with linear; data sets too small for it are left as they are, with a warning",
    }),
    pruning: PruningOptions.optional().meta({
      description: "Queues a pruning with these options when the last fold is done",
    }),
  })
  .meta({ id: "FoldTrainingParams" });
export type FoldTrainingParams = z.infer<typeof FoldTrainingParams>;

/** A training of a dataset that is not there yet. */
export const NextTraining = FoldTrainingParams.omit({ datasetId: true }).meta({
  id: "NextTraining",
});
export type NextTraining = z.infer<typeof NextTraining>;
