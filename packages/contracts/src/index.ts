export * from "./access.js";
export * from "./dataset-parameters.js";
export * from "./error-catalogue.js";
export * from "./error-translation.js";
export * from "./errors.js";
export * from "./ids.js";
export {
  type JobDescriptor,
  type JobInputs,
  type JobResource,
  type TaskRole,
  WORKER_ROLES,
  type WorkerRole,
} from "./jobs/descriptor.js";
export * from "./jobs/kinds.js";
export * from "./jobs/routes.js";
export * from "./jobs/task-payload.js";
export * from "./pruning-parameters.js";
export * from "./pruning-resources.js";
export * from "./readiness.js";
export * from "./resources.js";
export * from "./retention.js";
export * from "./routes.js";
export * from "./settings.js";
export * from "./states.js";
export * from "./training-choices.js";
export * from "./training-parameters.js";
export * from "./webhooks.js";
