import { PruningParams } from "../parameters/pruning-parameters.js";
import { BODY_BYTES } from "../values/body-bytes.js";
import { defineJob, onQueue } from "./descriptor.js";

export const PRUNING = defineJob({
  summary: "Flag the samples whose labels confident learning doubts",
  params: PruningParams,
  maxBodyBytes: BODY_BYTES.classes,
  refusals: ["cross-validation-not-found", "cross-validation-not-finished", "invalid-parameters"],
  inputsOf: ({ crossValidationId }) => ({ crossValidations: [crossValidationId] }),
  makes: "pruning",
  progressUnit: "rows",
  attempts: 3,
  faultCode: "internal",
  tasks: {
    pruning: onQueue("pruning", "cpu"),
    // Queued by the first, where the run has a quick model: why each label is doubted.
    "flag-evidence": onQueue("flag-evidence", "cpu"),
  },
});
