import { z } from "zod";
import type { FieldError } from "../errors/errors.js";
import { listOf } from "../values/constraints.js";
import { PruningId } from "../values/ids.js";
import { Seed } from "../values/primitives.js";
import { NoiseMatrix } from "./noise-matrix.js";
import { ClassAlias } from "./noise-parameters.js";
import { PruningOptions, pruningFaults } from "./pruning-parameters.js";
import { trainingFaults } from "./training-choices.js";
import { FoldTrainingParams } from "./training-parameters.js";

/** A kind of label noise that an experiment injects, at each of its rates and with each seed. */
export const ExperimentNoise = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("symmetric") }).meta({
      id: "SymmetricExperiment",
      description: "Every wrong class is equally likely",
    }),
    z
      .strictObject({
        type: z.literal("pair"),
        pairs: listOf(ClassAlias, { min: 1, max: 10_000 })
          .optional()
          .meta({ description: "Class names; without them each class becomes the next one" }),
        pruningId: PruningId.optional().meta({
          description:
            "Each class becomes the one that the joint of this pruning of the dataset confuses it with most often",
        }),
      })
      .meta({ id: "PairExperiment" }),
    z
      .strictObject({
        type: z.literal("matrix"),
        matrix: NoiseMatrix.optional().meta({
          description: "[i][j]: the share of class i that is labelled j",
        }),
        pruningId: PruningId.optional().meta({
          description: "The noise that the joint of this pruning of the dataset estimates",
        }),
      })
      .meta({
        id: "MatrixExperiment",
        description: "Its rates are its own: it runs once a seed, whatever `rates` says",
      }),
    z.strictObject({ type: z.literal("annotators") }).meta({
      id: "AnnotatorExperiment",
      description:
        "Each row has the label of one of its annotators, at random: it runs once a seed, whatever `rates` says",
    }),
  ])
  .meta({ id: "ExperimentNoise" });
export type ExperimentNoise = z.infer<typeof ExperimentNoise>;

export const ExperimentParams = FoldTrainingParams.omit({ seed: true, pruning: true })
  .extend({
    noises: listOf(ExperimentNoise, { min: 1, max: 10 }).prefault([{ type: "symmetric" }]),
    rates: listOf(z.number().gt(0).max(0.95).meta({ id: "ExperimentRate" }), { min: 1, max: 10 })
      .default([0.1, 0.2, 0.4])
      .meta({ description: "Shares of each class's rows that are labelled wrongly" }),
    seeds: listOf(Seed, { min: 1, max: 50 })
      .default([1, 2])
      .meta({ description: "Each seeds one run of every noise and rate: its noise and its folds" }),
    prunings: listOf(PruningOptions, { min: 1, max: 10 })
      .prefault([{}])
      .meta({ description: "Every run is pruned in each of these ways" }),
    parallel: z
      .int()
      .min(1)
      .max(16)
      .default(2)
      .meta({ description: "Runs that are queued or under way at a time" }),
    keep: z.enum(["nothing", "datasets"]).meta({ id: "ExperimentKeep" }).default("nothing").meta({
      description:
        "nothing: a run's noisy dataset is deleted, with its cross-validation and prunings, once its figures are stored",
    }),
  })
  .meta({ id: "ExperimentParams" });
export type ExperimentParams = z.infer<typeof ExperimentParams>;

/** One noisy dataset: the prunings of a run share it, and its cross-validation. */
export interface ExperimentRun {
  /** The index in `noises`. */
  readonly noise: number;
  /** Null for a matrix and for annotators, which have rates of their own. */
  readonly rate: number | null;
  readonly seed: number;
}

const hasOwnRates = (type: ExperimentNoise["type"]): boolean =>
  type === "matrix" || type === "annotators";

/** The runs of an experiment, in the order in which they begin. */
export const experimentRuns = ({
  noises,
  rates,
  seeds,
}: Pick<ExperimentParams, "noises" | "rates" | "seeds">): ExperimentRun[] =>
  noises.flatMap(({ type }, noise) =>
    (hasOwnRates(type) ? [null] : rates).flatMap((rate) =>
      seeds.map((seed) => ({ noise, rate, seed })),
    ),
  );

/** The cross-validation of a run on its noisy dataset. */
export const trainingOfRun = (
  { datasetId: _, noises, rates, seeds, prunings, parallel, keep, ...training }: ExperimentParams,
  datasetId: string,
  seed: number,
): FoldTrainingParams => ({ ...training, datasetId, seed });

const MOST_RUNS = 500;

/** Parameters that are valid alone but not together, each with its place in the body. */
export function experimentFaults(params: ExperimentParams): FieldError[] {
  const faults = [
    ...params.noises.flatMap((noise, i) => noiseFaults(noise, `/noises/${i}`)),
    ...repeated(params.rates, "/rates"),
    ...repeated(params.seeds, "/seeds"),
    ...trainingFaults(trainingOfRun(params, params.datasetId, 0)),
    ...params.prunings.flatMap((options, i) => pruningFaults(options, `/prunings/${i}`)),
  ];
  const runs = experimentRuns(params).length;
  if (runs > MOST_RUNS) {
    const detail = `${runs} runs: noises x rates x seeds may be at most ${MOST_RUNS}`;
    faults.push({ pointer: "/seeds", detail });
  }
  if (params.training.softTargets) {
    const detail = "An experiment learns from the labels alone; leave softTargets out";
    faults.push({ pointer: "/training/softTargets", detail });
  }
  if (params.training.keepModels && params.keep === "nothing") {
    const detail = 'Models go with their dataset; set /keep to "datasets" to keep them';
    faults.push({ pointer: "/training/keepModels", detail });
  }
  return faults;
}

function noiseFaults(noise: ExperimentNoise, at: string): FieldError[] {
  if (noise.type === "symmetric" || noise.type === "annotators") return [];
  if (noise.type === "pair") {
    if (!noise.pairs || !noise.pruningId) return [];
    return [{ pointer: `${at}/pruningId`, detail: "Give pairs or a pruning, not both" }];
  }
  if ((noise.matrix === undefined) !== (noise.pruningId === undefined)) return [];
  return [{ pointer: at, detail: "Give a matrix, or the pruning whose joint is one" }];
}

const repeated = (values: readonly number[], at: string): FieldError[] =>
  values.flatMap((value, i) =>
    values.indexOf(value) < i ? [{ pointer: `${at}/${i}`, detail: `${value} is repeated` }] : [],
  );
