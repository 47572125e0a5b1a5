/** A job's states. `succeeded`, `failed` and `cancelled` are final. docs/explanation/states.md draws them. */
export const JOB_STATES = [
  "queued",
  "running",
  "cancelling",
  "cancelled",
  "succeeded",
  "failed",
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** A task's states; a task goes back to `queued` when its attempt ends without a result. */
export const TASK_STATES = ["queued", "running", "cancelled", "succeeded", "failed"] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const DATASET_STATES = ["ingesting", "ready", "failed"] as const;
export type DatasetState = (typeof DATASET_STATES)[number];

export const CROSS_VALIDATION_STATES = ["training", "ready", "failed"] as const;
export type CrossValidationState = (typeof CROSS_VALIDATION_STATES)[number];

export const PRUNING_STATES = ["pending", "ready", "failed"] as const;
export type PruningState = (typeof PRUNING_STATES)[number];

/** Legal transitions; every conditional UPDATE of a state names its `from` states from here. */
export const JOB_TRANSITIONS: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ["running", "cancelled"],
  running: ["succeeded", "failed", "cancelling"],
  cancelling: ["cancelled"],
  cancelled: [],
  succeeded: [],
  failed: [],
};

export const TASK_TRANSITIONS: Readonly<Record<TaskState, readonly TaskState[]>> = {
  // queued -> queued is another delivery: the queue entry was lost.
  queued: ["queued", "running", "cancelled"],
  // running -> running is a claim by another worker once the heartbeat is stale.
  running: ["running", "queued", "succeeded", "failed", "cancelled"],
  cancelled: [],
  succeeded: [],
  failed: [],
};

export const isTerminal = (state: JobState | TaskState): boolean =>
  state === "succeeded" || state === "failed" || state === "cancelled";
