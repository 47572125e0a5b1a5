import { DatasetIngestParams } from "../parameters/dataset-parameters.js";
import { embeddingUploads } from "../parameters/embedding-parameters.js";
import { BODY_BYTES } from "../values/body-bytes.js";
import { defineJob, onQueue } from "./descriptor.js";

export const DATASET_INGEST = defineJob({
  summary: "Read a file into a dataset",
  params: DatasetIngestParams,
  maxBodyBytes: BODY_BYTES.aliases,
  refusals: [
    "upload-not-found",
    "upload-incomplete",
    "dataset-not-found",
    "dataset-not-ready",
    "pruning-not-found",
    "pruning-not-finished",
    "cross-validation-not-found",
    "cross-validation-not-finished",
    "source-not-allowed",
    "not-implemented",
    "invalid-parameters",
  ],
  inputsOf: ({ source, training }) => ({
    checkpoints:
      training && "checkpoint" in training.model && training.model.checkpoint
        ? [training.model.checkpoint.path]
        : [],
    uploads: [
      ...(source.type === "upload" ? [source.uploadId] : []),
      ...(training ? embeddingUploads(training.model) : []),
    ],
    datasets: source.type === "dataset" ? [source.datasetId] : [],
    crossValidations: source.type === "consensus" ? [source.crossValidationId] : [],
    prunings: source.type === "pruning" ? [source.pruningId] : [],
  }),
  makes: "dataset",
  progressUnit: "bytes",
  attempts: 3,
  faultCode: "internal",
  tasks: { "dataset-ingest": onQueue("dataset-ingest", "cpu") },
});
