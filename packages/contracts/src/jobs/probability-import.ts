import { uploadOf } from "../parameters/class-columns.js";
import { ProbabilityImportParams } from "../parameters/probability-parameters.js";
import { BODY_BYTES } from "../values/body-bytes.js";
import { defineJob, onQueue } from "./descriptor.js";

export const PROBABILITY_IMPORT = defineJob({
  summary: "Make a cross-validation of probabilities that were computed elsewhere",
  params: ProbabilityImportParams,
  maxBodyBytes: BODY_BYTES.classes,
  refusals: [
    "dataset-not-found",
    "dataset-not-ready",
    "upload-not-found",
    "upload-incomplete",
    "single-class",
    "invalid-parameters",
    "classes-mismatch",
  ],
  inputsOf: ({ datasetId, probabilitiesUploadId, classes, foldsUploadId }) => ({
    datasets: [datasetId],
    uploads: [
      probabilitiesUploadId,
      ...uploadOf(classes),
      ...(foldsUploadId ? [foldsUploadId] : []),
    ],
  }),
  makes: "cross-validation",
  progressUnit: "rows",
  attempts: 3,
  faultCode: "internal",
  tasks: { "probability-import": onQueue("probability-import", "cpu") },
});
