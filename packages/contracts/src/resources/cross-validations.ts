import { z } from "zod";
import { CombinationParams } from "../parameters/combination-parameters.js";
import { RunMember } from "../parameters/model-parameters.js";
import { ProbabilityImportParams } from "../parameters/probability-parameters.js";
import { EpochChoice, FoldTrainingParams } from "../parameters/training-parameters.js";
import { CrossValidationState, TaskState } from "../states/states.js";
import { CrossValidationId, DatasetId, JobId } from "../values/ids.js";
import { Count, Time } from "../values/primitives.js";
import { Warning } from "./pages.js";

export const EpochMetrics = z
  .looseObject({
    epoch: z.int(),
    trainLoss: z.number().nullable(),
    heldOutLoss: z.number().nullable(),
    heldOutAccuracy: z.number().nullable(),
  })
  .meta({ id: "EpochMetrics" });

export const Fold = z
  .object({
    fold: z.int().meta({ description: "From 0" }),
    state: TaskState,
    attempt: Count.meta({ description: "How often a worker has claimed it" }),
    trainRows: Count.nullable(),
    testRows: Count.nullable().meta({ description: "Rows that the fold predicts" }),
    accuracy: z
      .number()
      .nullable()
      .meta({ description: "Against the given labels, of the rows that it predicts" }),
    loss: z.number().nullable().meta({ description: "Mean log loss of these rows" }),
    epochs: z.array(EpochMetrics).meta({ description: "The learning curve" }),
    seconds: z.number().nullable(),
    backend: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "What computed it: name, version, device, engine" }),
    finishedAt: Time.nullable(),
  })
  .meta({ id: "Fold" });
export type Fold = z.infer<typeof Fold>;

/** The epoch whose predictions a cross-validation holds. */
export const EpochVote = z
  .object({
    choice: EpochChoice,
    epoch: z.int().nullable().meta({ description: "The elected one, once all folds are done" }),
    candidates: z
      .array(
        z
          .object({ epoch: z.int(), loss: z.number(), accuracy: z.number() })
          .meta({ id: "EpochCandidate" }),
      )
      .meta({ description: "Mean held-out log loss and accuracy over all rows of all folds" }),
  })
  .meta({ id: "EpochVote" });
export type EpochVote = z.infer<typeof EpochVote>;

export const CrossValidation = z
  .object({
    id: CrossValidationId,
    datasetId: DatasetId,
    jobId: JobId,
    state: CrossValidationState,
    rows: Count,
    classes: Count,
    folds: Count,
    seed: z.number().meta({ description: "Decides split and training" }),
    configuration: z
      .union([
        FoldTrainingParams.partial().meta({ id: "TrainingConfiguration" }),
        ProbabilityImportParams,
        CombinationParams,
      ])
      .meta({ description: "The parameters of the job that made it" }),
    backend: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "What computed it; null for imported and combined probabilities" }),
    accuracy: z
      .number()
      .nullable()
      .meta({ description: "Against the given labels, over all rows; null until it is ready" }),
    epochVote: EpochVote,
    parentId: CrossValidationId.nullable().meta({
      description: "The run whose pool this one is a member of; null for a run of its own",
    }),
    member: RunMember.nullable().meta({ description: "Which member it is" }),
    combinedOf: z.array(CrossValidationId).meta({
      description: "The runs that this one combines, which may have been deleted since",
    }),
    warnings: z.array(Warning),
    createdAt: Time,
    finishedAt: Time.nullable(),
  })
  .meta({ id: "CrossValidation" });
export type CrossValidation = z.infer<typeof CrossValidation>;

/** A fold's trained model: the files of a Hugging Face folder. */
export const FoldModel = z
  .object({
    fold: z.int(),
    epoch: z.int().meta({ description: "The weights are those after this epoch" }),
    files: z.array(
      z.object({ name: z.string(), bytes: Count, href: z.string() }).meta({ id: "ModelFile" }),
    ),
  })
  .meta({ id: "FoldModel" });
export type FoldModel = z.infer<typeof FoldModel>;
