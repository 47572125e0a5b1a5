import { ProbabilityImportParams } from "../parameters/training-parameters.js";
import { defineJob, onQueue } from "./descriptor.js";

export const PROBABILITY_IMPORT = defineJob({
  summary: "Make a cross-validation of probabilities that were computed elsewhere",
  params: ProbabilityImportParams,
  inputsOf: ({ datasetId, probabilitiesUploadId, foldsUploadId }) => ({
    datasets: [datasetId],
    uploads: foldsUploadId ? [probabilitiesUploadId, foldsUploadId] : [probabilitiesUploadId],
  }),
  makes: "cross-validation",
  progressUnit: "rows",
  attempts: 3,
  faultCode: "internal",
  tasks: { "probability-import": onQueue("probability-import", "cpu") },
});
