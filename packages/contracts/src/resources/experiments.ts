import { z } from "zod";
import { ExperimentParams } from "../parameters/experiment-parameters.js";
import { JobState } from "../states/states.js";
import { CrossValidationId, DatasetId, JobId, PruningId } from "../values/ids.js";
import { Count, Time } from "../values/primitives.js";

/** How well one pruning of a run found the injected noise. */
export const ExperimentFigures = z
  .object({
    pruning: z.int().meta({ description: "The index in the parameters' `prunings`" }),
    rows: Count,
    flagged: Count,
    errors: Count.meta({ description: "Rows whose label the noise changed" }),
    noiseRate: z.number().meta({ description: "errors / rows" }),
    estimatedNoiseRate: z.number().meta({ description: "What the pruning estimated" }),
    precision: z.number().nullable(),
    recall: z.number().nullable(),
    f1: z.number().nullable().meta({ description: "Of the flags alone; rows are never weighted" }),
    averagePrecision: z.number().nullable().meta({
      description:
        "Of all rows ranked by the pruning's order; null for orders other than normalized_margin, posterior and error_odds",
    }),
    totalVariation: z.number().nullable().meta({
      description:
        "Distance between estimated and true noise matrix, as joints: 0 equal, 1 disjoint",
    }),
  })
  .meta({ id: "ExperimentFigures" });
export type ExperimentFigures = z.infer<typeof ExperimentFigures>;

export const ExperimentCell = z
  .object({
    noise: z.int().meta({ description: "The index in the parameters' `noises`" }),
    type: z.string().meta({ description: "The noise's type" }),
    rate: z.number().nullable().meta({ description: "Null for a matrix" }),
    seed: z.int(),
    state: z.enum(["waiting", "running", "finished"]).meta({ id: "ExperimentCellState" }),
    jobs: z.array(JobId).meta({ description: "Of its dataset, its training and its prunings" }),
    datasetId: DatasetId.nullable().meta({ description: "Null once it is deleted" }),
    crossValidationId: CrossValidationId.nullable(),
    pruningIds: z.array(PruningId),
    figures: z
      .array(ExperimentFigures)
      .nullable()
      .meta({ description: "In the order of `prunings`; null until it has finished" }),
  })
  .meta({ id: "ExperimentCell" });
export type ExperimentCell = z.infer<typeof ExperimentCell>;

/** Over the seeds whose runs have finished. */
export const MeanOverSeeds = z
  .object({
    mean: z.number(),
    low: z.number().nullable().meta({
      description: "Of the 95 % interval of the mean, by Student's t; null with one seed",
    }),
    high: z.number().nullable(),
  })
  .meta({ id: "MeanOverSeeds" });
export type MeanOverSeeds = z.infer<typeof MeanOverSeeds>;

export const ExperimentSummary = z
  .object({
    noise: z.int(),
    type: z.string(),
    rate: z.number().nullable(),
    pruning: z.int(),
    method: z.string(),
    order: z.string(),
    seeds: Count.meta({ description: "Runs that have finished" }),
    flagged: MeanOverSeeds,
    noiseRate: MeanOverSeeds,
    precision: MeanOverSeeds.nullable().meta({ description: "Null where no run has one" }),
    recall: MeanOverSeeds.nullable(),
    f1: MeanOverSeeds.nullable(),
    averagePrecision: MeanOverSeeds.nullable(),
    totalVariation: MeanOverSeeds.nullable(),
    noiseRateError: MeanOverSeeds.meta({ description: "Estimated minus true noise rate" }),
  })
  .meta({ id: "ExperimentSummary" });
export type ExperimentSummary = z.infer<typeof ExperimentSummary>;

export const Experiment = z
  .object({
    id: JobId.meta({ description: "Of its job" }),
    datasetId: DatasetId,
    state: JobState.meta({ description: "Of its job" }),
    params: ExperimentParams,
    summary: z
      .array(ExperimentSummary)
      .meta({ description: "One for each noise, rate and pruning with a finished run" }),
    cells: z.array(ExperimentCell),
    createdAt: Time,
    finishedAt: Time.nullable(),
  })
  .meta({ id: "Experiment" });
export type Experiment = z.infer<typeof Experiment>;
