import { checkpointsOf } from "../parameters/checkpoint-parameters.js";
import { embeddingUploads } from "../parameters/embedding-parameters.js";
import { ExperimentParams } from "../parameters/experiment-parameters.js";
import { BODY_BYTES } from "../values/body-bytes.js";
import { defineJob, onQueue } from "./descriptor.js";

export const EXPERIMENT = defineJob({
  summary: "Inject label noise into a dataset, and measure how well its flags find it",
  params: ExperimentParams,
  maxBodyBytes: BODY_BYTES.classes,
  refusals: [
    "dataset-not-found",
    "dataset-not-ready",
    "single-class",
    "pruning-not-found",
    "pruning-not-finished",
    "upload-not-found",
    "upload-incomplete",
    "folds-exceed-rows",
    "invalid-parameters",
    "source-not-allowed",
    "checkpoint-refused",
    "endpoint-refused",
  ],
  inputsOf: ({ datasetId, noises, model }) => ({
    datasets: [datasetId],
    uploads: embeddingUploads(model),
    prunings: noises.flatMap((noise) => ("pruningId" in noise ? (noise.pruningId ?? []) : [])),
    checkpoints: checkpointsOf(model).map(({ path }) => path),
  }),
  makes: null,
  progressUnit: "jobs",
  hasChildren: true,
  attempts: 3,
  faultCode: "internal",
  tasks: { experiment: onQueue("experiment", "cpu") },
});
