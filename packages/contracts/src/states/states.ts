import { z } from "zod";

/** A job's states. `succeeded`, `failed` and `cancelled` are final. docs/explanation/states.md draws them. */
export const JOB_STATES = [
  "queued",
  "running",
  "cancelling",
  "cancelled",
  "succeeded",
  "failed",
] as const;
export const JobState = z.enum(JOB_STATES).meta({ id: "JobState" });
export type JobState = z.infer<typeof JobState>;

/** A task's states. A task returns to `queued` when its attempt ends without a result. */
export const TASK_STATES = ["queued", "running", "cancelled", "succeeded", "failed"] as const;
export const TaskState = z.enum(TASK_STATES).meta({ id: "TaskState" });
export type TaskState = z.infer<typeof TaskState>;

export const DATASET_STATES = ["ingesting", "ready", "failed"] as const;
export const DatasetState = z.enum(DATASET_STATES).meta({ id: "DatasetState" });
export type DatasetState = z.infer<typeof DatasetState>;

export const CROSS_VALIDATION_STATES = ["training", "ready", "failed"] as const;
export const CrossValidationState = z
  .enum(CROSS_VALIDATION_STATES)
  .meta({ id: "CrossValidationState" });
export type CrossValidationState = z.infer<typeof CrossValidationState>;

export const PRUNING_STATES = ["pending", "ready", "failed"] as const;
export const PruningState = z.enum(PRUNING_STATES).meta({ id: "PruningState" });
export type PruningState = z.infer<typeof PruningState>;

export const WEBHOOK_STATES = ["enabled", "disabled"] as const;
export const WebhookState = z.enum(WEBHOOK_STATES).meta({ id: "WebhookState" });
export type WebhookState = z.infer<typeof WebhookState>;

/** One message to one endpoint. */
export const DELIVERY_STATES = ["pending", "delivered", "dead"] as const;
export const DeliveryState = z.enum(DELIVERY_STATES).meta({ id: "DeliveryState" });
export type DeliveryState = z.infer<typeof DeliveryState>;

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

/** The states that end a job or a task. */
export const TERMINAL_STATES = ["succeeded", "failed", "cancelled"] as const;

export const isTerminal = (state: JobState | TaskState): boolean =>
  (TERMINAL_STATES as readonly string[]).includes(state);
