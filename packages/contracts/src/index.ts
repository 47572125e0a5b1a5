export { causesOf } from "./errors/causes.js";
export * from "./errors/error-catalogue.js";
export * from "./errors/error-translation.js";
export * from "./errors/errors.js";
export { type TlsServer, tlsFault } from "./errors/tls-faults.js";
export * from "./errors/warning-catalogue.js";
export { COMPARISON_TASK } from "./jobs/comparison.js";
export {
  type JobDescriptor,
  type JobInputs,
  type JobResource,
  type TaskRole,
  WORKER_ROLES,
  type WorkerRole,
} from "./jobs/descriptor.js";
export { FINDINGS_TASK } from "./jobs/findings.js";
export * from "./jobs/kinds.js";
export * from "./jobs/task-payload.js";
export * from "./parameters/checkpoint-parameters.js";
export * from "./parameters/class-columns.js";
export * from "./parameters/combination-parameters.js";
export * from "./parameters/comparison-parameters.js";
export * from "./parameters/dataset-parameters.js";
export * from "./parameters/embedding-parameters.js";
export * from "./parameters/encoder-parameters.js";
export * from "./parameters/experiment-parameters.js";
export * from "./parameters/findings-parameters.js";
export * from "./parameters/model-parameters.js";
export * from "./parameters/noise-parameters.js";
export * from "./parameters/probability-parameters.js";
export * from "./parameters/pruning-parameters.js";
export * from "./parameters/review-parameters.js";
export * from "./parameters/review-sample-parameters.js";
export * from "./parameters/training-choices.js";
export * from "./parameters/training-parameters.js";
export * from "./resources/access.js";
export * from "./resources/annotators.js";
export * from "./resources/comparisons.js";
export * from "./resources/cross-validations.js";
export * from "./resources/datasets.js";
export * from "./resources/deletions.js";
export * from "./resources/experiments.js";
export * from "./resources/file-layout.js";
export * from "./resources/findings.js";
export * from "./resources/flags.js";
export * from "./resources/jobs.js";
export * from "./resources/pages.js";
export * from "./resources/prunings.js";
export * from "./resources/readiness.js";
export * from "./resources/receipts.js";
export * from "./resources/review-samples.js";
export * from "./resources/reviews.js";
export * from "./resources/sampled-noise.js";
export * from "./resources/uploads.js";
export * from "./resources/webhooks.js";
export { bodyBytesOf } from "./routes/body-bytes.js";
export { MODEL_FILES, PROBABILITY_PARTS } from "./routes/cross-validation-routes.js";
export {
  EXPORT_COLUMNS,
  EXPORT_CONTENT_TYPES,
  EXPORT_FORMAT_CHOICES,
  EXPORT_FORMATS,
  EXPORT_SPLITS,
  EXPORT_UNWRITABLE,
} from "./routes/export-routes.js";
export * from "./routes/job-routes.js";
export * from "./routes/refusals.js";
export * from "./routes/route.js";
export * from "./routes/routes.js";
export { Stream } from "./routes/stream.js";
export { CONTENT_RANGE } from "./routes/upload-routes.js";
export { childEnvironment } from "./settings/child-environment.js";
export * from "./settings/database-url.js";
export * from "./settings/retention.js";
export * from "./settings/settings.js";
export * from "./states/states.js";
export { MOST_FAULTS } from "./values/constraints.js";
export { escapeControls } from "./values/controls.js";
export * from "./values/ids.js";
