import { z } from "zod";
import { CrossValidationId, DatasetId, JobId, PruningId } from "./ids.js";
import { Count, Time } from "./primitives.js";
import { PruningOptions } from "./pruning-parameters.js";
import { Warning } from "./resources.js";
import { PRUNING_STATES } from "./states.js";

/** How many rows stood at each stage of confident learning, and what it says of the data. */
export const PruningReport = z
  .object({
    counts: z.record(z.string(), z.number()),
    thresholds: z.array(z.number()),
    healthScore: z.number(),
    estimatedNoiseRate: z.number(),
    truth: z
      .object({
        rows: Count,
        errors: Count,
        noiseRate: z.number(),
        precision: z.number().nullable(),
        recall: z.number().nullable(),
        f1: z.number().nullable(),
        averagePrecision: z
          .object({
            normalizedMargin: z.number().nullable(),
            posterior: z.number().nullable(),
          })
          .nullable()
          .meta({
            description:
              "AUPRC of all rows, flagged or not, ranked by margin and by error probability; rows of equal score count as one step",
          }),
        totalVariation: z
          .number()
          .nullable()
          .meta({ description: "Between estimated and true joint: 0 equal, 1 disjoint" }),
      })
      .nullable()
      .meta({ description: "Against the true labels, where the dataset bears them" }),
    warnings: z.array(Warning),
  })
  .meta({ id: "PruningReport" });
export type PruningReport = z.infer<typeof PruningReport>;

export const Pruning = z
  .object({
    id: PruningId,
    crossValidationId: CrossValidationId,
    datasetId: DatasetId,
    jobId: JobId,
    state: z.enum(PRUNING_STATES),
    parameters: PruningOptions.partial(),
    flagged: Count.nullable(),
    report: PruningReport.nullable(),
    createdAt: Time,
    finishedAt: Time.nullable(),
  })
  .meta({ id: "Pruning" });
export type Pruning = z.infer<typeof Pruning>;

export const Flag = z
  .object({
    sampleId: z.int(),
    ordinal: z.int(),
    text: z.string(),
    given: z.string(),
    suggested: z.string(),
    selfConfidence: z.number(),
    normalizedMargin: z.number(),
    errorProbability: z.number().nullable(),
    suggestedProbability: z.number(),
    reason: z.record(z.string(), z.unknown()),
    fold: z.int(),
    rank: z.int().meta({ description: "0 is the worst" }),
    trueLabel: z.string().nullable(),
    review: z.string().nullable(),
  })
  .meta({ id: "Flag" });
export type Flag = z.infer<typeof Flag>;

/** K x K; row = given label, column = guessed true label. */
export const Joint = z
  .object({
    classes: z.array(z.string()),
    confidentJoint: z.array(z.array(z.number())),
    joint: z.array(z.array(z.number())),
    trueJoint: z
      .array(z.array(z.number()))
      .nullable()
      .meta({ description: "Column = true label; null where the dataset bears none" }),
  })
  .meta({ id: "Joint" });
export type Joint = z.infer<typeof Joint>;

export const PruningClass = z
  .object({
    index: z.int(),
    name: z.string(),
    given: Count,
    flagged: Count,
    labelNoise: z.number(),
    inverseLabelNoise: z.number(),
    labelQuality: z.number(),
    trueLabelNoise: z
      .number()
      .nullable()
      .meta({ description: "What labelNoise estimates, where the true labels are known" }),
    trueInverseLabelNoise: z.number().nullable(),
  })
  .meta({ id: "PruningClass" });
export type PruningClass = z.infer<typeof PruningClass>;

export const PruningPair = z
  .object({
    given: z.string(),
    suggested: z.string(),
    joint: z.number().meta({ description: "Share of all rows in both cells of the pair" }),
    examples: z.number(),
  })
  .meta({ id: "PruningPair" });
export type PruningPair = z.infer<typeof PruningPair>;
