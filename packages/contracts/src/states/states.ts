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

/** A task's states. A task returns to `queued` when its attempt ends without a result. */
export const TASK_STATES = ["queued", "running", "cancelled", "succeeded", "failed"] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const DATASET_STATES = ["ingesting", "ready", "failed"] as const;
export type DatasetState = (typeof DATASET_STATES)[number];

export const CROSS_VALIDATION_STATES = ["training", "ready", "failed"] as const;
export type CrossValidationState = (typeof CROSS_VALIDATION_STATES)[number];

export const PRUNING_STATES = ["pending", "ready", "failed"] as const;
export type PruningState = (typeof PRUNING_STATES)[number];

export const WEBHOOK_STATES = ["enabled", "disabled"] as const;
export type WebhookState = (typeof WEBHOOK_STATES)[number];

/** One message to one endpoint. */
export const DELIVERY_STATES = ["pending", "delivered", "dead"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

// Legal transitions: every UPDATE of a state takes the states it may start from out of these tables.

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

// The retry of a failed or cancelled job creates its failed resource again.

export const DATASET_TRANSITIONS: Readonly<Record<DatasetState, readonly DatasetState[]>> = {
  ingesting: ["ready", "failed"],
  ready: [],
  failed: ["ingesting"],
};

export const CROSS_VALIDATION_TRANSITIONS: Readonly<
  Record<CrossValidationState, readonly CrossValidationState[]>
> = {
  training: ["ready", "failed"],
  ready: [],
  failed: ["training"],
};

export const PRUNING_TRANSITIONS: Readonly<Record<PruningState, readonly PruningState[]>> = {
  pending: ["ready", "failed"],
  ready: [],
  failed: ["pending"],
};

/** Whether an endpoint receives messages. */
export const WEBHOOK_TRANSITIONS: Readonly<Record<WebhookState, readonly WebhookState[]>> = {
  // enabled -> enabled forgets failures; disabled -> disabled replaces the reason.
  enabled: ["enabled", "disabled"],
  disabled: ["enabled", "disabled"],
};

export const DELIVERY_TRANSITIONS: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  // pending -> pending is a failed attempt with more to come, or an early one by request.
  pending: ["pending", "delivered", "dead"],
  delivered: ["pending"],
  dead: ["pending"],
};

/** The states that may become `to`. */
export const statesBefore = <S extends string>(
  transitions: Readonly<Record<S, readonly S[]>>,
  to: S,
): S[] => (Object.keys(transitions) as S[]).filter((from) => transitions[from].includes(to));

export const isTerminal = (state: JobState | TaskState): boolean =>
  state === "succeeded" || state === "failed" || state === "cancelled";
