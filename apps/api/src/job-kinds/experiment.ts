import {
  type ExperimentParams,
  experimentRuns,
  type JobEstimate,
  trainingOfRun,
} from "@winnow/contracts";
import { readDataset, type Store, secondsPerExperimentRow } from "@winnow/store";
import { assertTrainingAllowed } from "./encoder-size.js";
import { RECENT, times, UNKNOWN } from "./estimate.js";
import { FOLD_TRAINING } from "./fold-training.js";
import type { JobPost, JobSettings } from "./job-post.js";
import { secondsPerPruned } from "./pruning.js";

export const EXPERIMENT: JobPost<"experiment"> = {
  assertAllowed: assertTrainingAllowed,
  estimate,
};

/** A noisy row in Postgres besides its text: its columns and its entry in the index. */
const ROW_BYTES = 120;

/** Every run costs what its training and its prunings cost; those that keep nothing share the room. */
async function estimate(
  params: ExperimentParams,
  store: Store,
  settings: JobSettings,
): Promise<JobEstimate> {
  const { datasetId, prunings, parallel, keep } = params;
  const { rows, classes } = await readDataset(store, datasetId);
  if (rows === null || classes === null) return UNKNOWN;
  const runs = experimentRuns(params).length;
  const one = await FOLD_TRAINING.estimate(trainingOfRun(params, datasetId, 0), store, settings);
  const pace = await secondsPerPruned(store);
  const pruning = times(prunings.length * rows * classes, pace);
  const known = await secondsPerExperimentRow(store, params.model, RECENT);
  const ofTraining = one.seconds === null ? null : one.seconds + (pruning ?? 0);
  const atOnce = keep === "nothing" ? Math.min(parallel, runs) : runs;
  return {
    ...one,
    steps: one.steps && runs * one.steps,
    seconds: times(runs, times(rows, known) ?? ofTraining),
    storageBytes: one.storageBytes && atOnce * (one.storageBytes + ROW_BYTES * rows),
  };
}
