import { CombinationParams } from "../parameters/combination-parameters.js";
import { BODY_BYTES } from "../values/body-bytes.js";
import { defineJob, onQueue } from "./descriptor.js";

export const COMBINATION = defineJob({
  summary: "Combine cross-validations of one dataset: the mean of their log probabilities",
  alias: { route: "combineCrossValidations", path: "/v1/cross-validations/combine" },
  params: CombinationParams,
  maxBodyBytes: BODY_BYTES.classes,
  refusals: [
    "cross-validation-not-found",
    "cross-validation-not-finished",
    "cross-validations-differ",
    "invalid-parameters",
  ],
  inputsOf: ({ crossValidationIds }) => ({ crossValidations: crossValidationIds }),
  makes: "cross-validation",
  progressUnit: "rows",
  attempts: 3,
  faultCode: "internal",
  tasks: { combination: onQueue("combination", "cpu") },
});
