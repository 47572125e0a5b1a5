import { checkpointsOf } from "../parameters/checkpoint-parameters.js";
import { uploadOf } from "../parameters/class-columns.js";
import { embeddingUploads } from "../parameters/embedding-parameters.js";
import { FoldTrainingParams } from "../parameters/training-parameters.js";
import { BODY_BYTES } from "../values/body-bytes.js";
import { defineJob, onQueue } from "./descriptor.js";

export const FOLD_TRAINING = defineJob({
  summary: "Train K folds, so that every sample gets an out-of-sample probability",
  params: FoldTrainingParams,
  maxBodyBytes: BODY_BYTES.classes,
  refusals: [
    "dataset-not-found",
    "dataset-not-ready",
    "pruning-not-found",
    "pruning-not-finished",
    "upload-not-found",
    "upload-incomplete",
    "folds-exceed-rows",
    "single-class",
    "invalid-parameters",
    "source-not-allowed",
    "checkpoint-refused",
    "endpoint-refused",
    "classes-mismatch",
    "bad-npy",
  ],
  inputsOf: ({ datasetId, model, training: { softTargets } }) => ({
    datasets: [datasetId],
    uploads: [
      ...embeddingUploads(model),
      ...(softTargets?.type === "upload"
        ? [softTargets.uploadId, ...uploadOf(softTargets.classes)]
        : []),
    ],
    prunings: softTargets?.type === "pruning" ? [softTargets.pruningId] : [],
    checkpoints: checkpointsOf(model).map(({ path }) => path),
  }),
  makes: "cross-validation",
  progressUnit: "steps",
  attempts: 3,
  faultCode: "training-failed",
  // One task per fold; the quick model's folds are one task, since they share their counts.
  tasks: {
    "fold-training": onQueue("fold-training", "trainer"),
    "linear-fold": onQueue("linear-fold", "cpu"),
    "quick-folds": onQueue("quick-folds", "cpu"),
    // Before the folds, where an encoder makes the vectors: one task a shard of the texts.
    "encode-rows": onQueue("encode-rows", "trainer", { standIn: "cpu" }),
    // Queued by the last fold, where the run pools its model with the quick one.
    "second-round": onQueue("second-round", "cpu"),
  },
});
