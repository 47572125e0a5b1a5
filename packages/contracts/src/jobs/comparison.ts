import { ComparisonParams } from "../parameters/comparison-parameters.js";
import { defineJob, onQueue } from "./descriptor.js";

/** Its one task, which a process of its own runs. */
export const COMPARISON_TASK = "comparison";

export const COMPARISON = defineJob({
  summary:
    "Train the quick model on what a pruning makes of a dataset, and compare on the same rows",
  params: ComparisonParams,
  refusals: [
    "pruning-not-found",
    "pruning-not-finished",
    "dataset-not-found",
    "dataset-not-ready",
    "single-class",
    "classes-mismatch",
    "folds-exceed-rows",
    "invalid-parameters",
  ],
  inputsOf: ({ pruningId, testDatasetId }) => ({
    prunings: [pruningId],
    ...(testDatasetId && { datasets: [testDatasetId] }),
  }),
  makes: null,
  progressUnit: "trainings",
  attempts: 3,
  faultCode: "training-failed",
  tasks: { [COMPARISON_TASK]: onQueue(COMPARISON_TASK, "cpu") },
});
