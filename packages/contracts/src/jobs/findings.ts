import { FindingsParams } from "../parameters/findings-parameters.js";
import { defineJob, onQueue } from "./descriptor.js";

/** Its one task, which a process of its own runs. */
export const FINDINGS_TASK = "findings";

export const FINDINGS = defineJob({
  summary:
    "Find what else is wrong with a dataset: near-duplicates whose labels differ, outliers, weak groups, labels in order, class names that nearly agree",
  params: FindingsParams,
  refusals: ["cross-validation-not-found", "cross-validation-not-finished"],
  inputsOf: ({ crossValidationId }) => ({ crossValidations: [crossValidationId] }),
  makes: null,
  progressUnit: "rows",
  attempts: 3,
  faultCode: "internal",
  tasks: { [FINDINGS_TASK]: onQueue(FINDINGS_TASK, "cpu") },
});
