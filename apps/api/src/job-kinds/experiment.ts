import {
  type ExperimentParams,
  experimentRuns,
  type JobEstimate,
  trainingOfRun,
} from "@winnow/contracts";
import { readDataset, type Store } from "@winnow/store";
import { assertCheckpointAllowed } from "../access/source-allowed.js";
import { times, UNKNOWN } from "./estimate.js";
import { FOLD_TRAINING } from "./fold-training.js";
import type { JobPost, JobSettings } from "./job-post.js";
import { secondsPerPruned } from "./pruning.js";

export const EXPERIMENT: JobPost<"experiment"> = {
  assertAllowed: (params, { modelsDir }) => assertCheckpointAllowed(params, modelsDir),
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
  const atOnce = keep === "nothing" ? Math.min(parallel, runs) : runs;
  return {
    ...one,
    steps: one.steps && runs * one.steps,
    seconds: one.seconds === null ? null : times(runs, one.seconds + (pruning ?? 0)),
    storageBytes: one.storageBytes && atOnce * (one.storageBytes + ROW_BYTES * rows),
  };
}
