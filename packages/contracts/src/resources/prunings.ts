import { z } from "zod";
import { RunMember } from "../parameters/model-parameters.js";
import { PrecisionTarget, PruningOptions } from "../parameters/pruning-parameters.js";
import { PruningState } from "../states/states.js";
import { CrossValidationId, DatasetId, JobId, PruningId } from "../values/ids.js";
import { Count, Time } from "../values/primitives.js";
import { Warning } from "./pages.js";
import { SampledNoise } from "./sampled-noise.js";

/** The share of wrong labels, read in several ways. */
export const NoiseEstimate = z
  .object({
    rate: z.number().meta({
      description: "The share of wrong labels if they fall on rows at random within a class",
    }),
    low: z
      .number()
      .meta({ description: "The least that a reading allows, sampling error included" }),
    high: z.number().meta({
      description:
        "The most, also where errors repeat themselves, so that the model has learned them, or where the model is poor",
    }),
    readings: z
      .object({
        confidentRows: z.number().meta({
          description: "Of the rows that are predicted most firmly, how many have another label",
        }),
        confidentJoint: z
          .number()
          .meta({ description: "1 minus the trace of the calibrated joint" }),
        fittedMatrix: z.number().nullable().meta({
          description: "By the matrix of `error_odds`; null where neither method nor order is that",
        }),
        doubt: z.number().meta({
          description: "The mean probability that is not the given label's",
        }),
      })
      .meta({ id: "NoiseReadings" }),
  })
  .meta({ id: "NoiseEstimate" });

/** How often the flags above a cut are right, and on what ground. */
export const PrecisionPromise = z
  .object({
    target: z.number(),
    cut: z.number().nullable().meta({
      description:
        "Rows with this score or a higher one are flagged; null: none reaches the target",
    }),
    order: z.string().meta({ description: "Whose score it is" }),
    expected: z.number().nullable().meta({ description: "The precision that is expected" }),
    low: z.number().nullable().meta({ description: "Of its 95 % interval for noise of this kind" }),
    high: z.number().nullable(),
    experimentId: JobId,
    noise: z.string().meta({ description: "The kind of noise that the promise is of" }),
    rate: z.number().nullable().meta({ description: "Its rate; null for a matrix" }),
    seeds: Count.meta({ description: "Runs of the experiment that it is read from" }),
    reviewed: z.object({ rows: Count, wrong: Count }).meta({ id: "ReviewedAtRandom" }).meta({
      description:
        "Rows that were reviewed in random order or in a random sample; they correct the experiment",
    }),
  })
  .meta({ id: "PrecisionPromise" });
export type PrecisionPromise = z.infer<typeof PrecisionPromise>;

/** One level of the label tree, the top first: an error between sisters is none above them. */
export const LevelReport = z
  .object({
    level: z.int().meta({ description: "How many names of a path count; from 1" }),
    noiseRate: z.number().meta({ description: "1 minus the trace of the joint at this level" }),
    accuracy: z.number().meta({
      description: "The share of rows whose prediction agrees with the given label at this level",
    }),
    classes: z.array(
      z
        .object({
          name: z.string(),
          given: Count,
          labelNoise: z.number().meta({
            description:
              "The estimated share of its rows that belong to another class of the level",
          }),
          accuracy: z.number().nullable(),
        })
        .meta({ id: "LevelClass" }),
    ),
    joint: z.array(z.array(z.number())).nullable().meta({
      description:
        "Row = given, column = estimated true, in the order of `classes`; null with more than 200 of them",
    }),
  })
  .meta({ id: "LevelReport" });
export type LevelReport = z.infer<typeof LevelReport>;

/** How many rows each stage of confident learning left, and what it says about the data. */
export const PruningReport = z
  .object({
    counts: z.record(z.string(), z.number()).meta({ description: "Rows at each stage" }),
    thresholds: z.array(z.number()).meta({ description: "Of each class, in class order" }),
    healthScore: z.number().meta({
      description: "1 minus the share of label issues, of those that the model can see",
    }),
    estimatedNoiseRate: z.number().meta({
      description:
        "1 minus the trace of the joint: the errors that the model can see. Where they are hard, the true rate is far higher",
    }),
    estimatedNoiseInterval: z
      .object({ low: z.number(), high: z.number() })
      .meta({ id: "Interval" })
      .nullable()
      .meta({
        description:
          "95 % interval of the estimate, of its sampling error alone; null in older reports",
      }),
    noise: NoiseEstimate.nullable().meta({
      description: "How many labels are wrong, with bounds; null in older reports",
    }),
    truth: z
      .object({
        rows: Count.meta({ description: "Rows with a true label" }),
        errors: Count.meta({ description: "Rows whose given label is wrong" }),
        noiseRate: z.number().meta({ description: "The true share of wrong labels" }),
        precision: z
          .number()
          .nullable()
          .meta({ description: "Share of the flagged labels that are wrong" }),
        recall: z
          .number()
          .nullable()
          .meta({ description: "Share of the wrong labels that are flagged" }),
        f1: z.number().nullable(),
        averagePrecision: z
          .object({
            normalizedMargin: z.number().nullable(),
            posterior: z.number().nullable(),
            errorOdds: z
              .number()
              .nullable()
              .meta({ description: "null unless the error odds choose or order" }),
          })
          .meta({ id: "AveragePrecision" })
          .nullable()
          .meta({
            description:
              "Area under the precision-recall curve of all rows, flagged or not, ranked by margin, error probability and error odds; rows of equal score count as one step",
          }),
        totalVariation: z
          .number()
          .nullable()
          .meta({ description: "Distance between estimated and true joint: 0 equal, 1 disjoint" }),
      })
      .meta({ id: "FlagQuality" })
      .nullable()
      .meta({ description: "Comparison with the true labels, if the dataset has them" }),
    target: PrecisionPromise.optional().meta({
      description: "What targetPrecision came to; absent without it",
    }),
    evidence: z
      .enum(["complete", "no-quick-model", "not-asked"])
      .meta({ id: "EvidenceState" })
      .nullable()
      .meta({
        description:
          "complete: each flag has its evidence. no-quick-model: the run has no quick model whose weights could say why. not-asked: `evidence: false`. null in older reports",
      }),
    stability: z
      .object({
        voters: z
          .array(
            z
              .object({ crossValidationId: CrossValidationId, member: RunMember.nullable() })
              .meta({ id: "StabilityVoter" }),
          )
          .meta({ description: "The models that were asked one by one" }),
        unanimous: Count.meta({ description: "Flags that every one of them makes" }),
      })
      .meta({ id: "StabilityReport" })
      .nullable()
      .meta({
        description: "null without two models to ask, with `stability: false`, or in older reports",
      }),
    levels: z.array(LevelReport).optional().meta({
      description: "Of each level of the label tree; absent where no class is named as a path",
    }),
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
    state: PruningState,
    parameters: PruningOptions.extend(PrecisionTarget.shape)
      .partial()
      .meta({ id: "PruningParameters" })
      .meta({ description: "With the defaults filled in" }),
    flagged: Count.nullable().meta({ description: "Flagged samples; null until it is ready" }),
    report: PruningReport.nullable(),
    sampledNoise: SampledNoise.nullable().meta({
      description:
        "What people found in the dataset's newest random sample: counts before every reading of `report.noise`. null until enough of one is reviewed",
    }),
    createdAt: Time,
    finishedAt: Time.nullable(),
  })
  .meta({ id: "Pruning" });
export type Pruning = z.infer<typeof Pruning>;

/** C x C for C classes; row = given label, column = estimated true label. */
export const Joint = z
  .object({
    classes: z.array(z.string()).meta({ description: "Names of rows and columns" }),
    confidentJoint: z.array(z.array(z.number())).meta({ description: "Counts of confident rows" }),
    joint: z.array(z.array(z.number())).meta({ description: "The estimate; sums to 1" }),
    trueJoint: z
      .array(z.array(z.number()))
      .nullable()
      .meta({ description: "Column = true label; null if the dataset has none" }),
  })
  .meta({ id: "Joint" });
export type Joint = z.infer<typeof Joint>;

export const PruningClass = z
  .object({
    index: z.int(),
    name: z.string(),
    given: Count.meta({ description: "Rows with this given label" }),
    flagged: Count.meta({ description: "Flagged rows among them" }),
    labelNoise: z.number().meta({
      description:
        "Estimated share of the rows with this label that have it wrongly, of errors that the model can see",
    }),
    inverseLabelNoise: z.number().meta({
      description: "Estimated share of the class's true rows that have another label, likewise",
    }),
    labelNoiseInterval: z
      .object({ low: z.number(), high: z.number() })
      .meta({ id: "LabelNoiseInterval" })
      .meta({
        description:
          "95 % interval of labelNoise by Wilson's score method, of its sampling error alone: as if each of the rows had been looked at",
      }),
    labelQuality: z.number().meta({ description: "1 minus labelNoise" }),
    trueLabelNoise: z
      .number()
      .nullable()
      .meta({ description: "The true value of labelNoise, if the true labels are known" }),
    trueInverseLabelNoise: z.number().nullable(),
  })
  .meta({ id: "PruningClass" });
export type PruningClass = z.infer<typeof PruningClass>;

export const PruningPair = z
  .object({
    given: z.string(),
    suggested: z.string(),
    joint: z.number().meta({ description: "Share of all rows in the two cells of the pair" }),
    examples: z.number().meta({ description: "The same as a number of rows" }),
  })
  .meta({ id: "PruningPair" });
export type PruningPair = z.infer<typeof PruningPair>;
