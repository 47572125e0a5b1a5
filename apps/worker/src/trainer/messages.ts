import { ERROR_CODES, JOB_KINDS, TASK_KINDS } from "@winnow/contracts";
import { z } from "zod";
import { CheckpointPlace } from "../checkpoints/place.js";

// What supervisor and child say to each other over IPC. Both sides check what they hear: the other
// may be of another version during an update.

/** The one message to the child: which claim to work on, and where. */
export const StartMessage = z.strictObject({
  type: z.literal("start"),
  databaseUrl: z.string(),
  /** Where what folds share lies; absolute. */
  storageDir: z.string(),
  checkpointPlace: CheckpointPlace,
  /** Where checkpoints to start from lie; absolute, or null where they are off. */
  modelsDir: z.string().nullable(),
  checkpointIntervalMs: z.int().min(0),
  claim: z.strictObject({
    taskId: z.string(),
    jobId: z.string(),
    kind: z.enum(JOB_KINDS),
    taskKind: z.enum(TASK_KINDS),
    fold: z.int().min(0),
    attempt: z.int().min(1),
    params: z.unknown(),
    datasetId: z.string(),
    crossValidationId: z.string(),
    pruningId: z.string().nullable(),
  }),
});
export type StartMessage = z.infer<typeof StartMessage>;

/** The start message; throws what does not fit, in one line, since that becomes the job's error. */
export function readStart(raw: unknown): StartMessage {
  const { data, error } = StartMessage.safeParse(raw);
  if (data) return data;
  const faults = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`the start message is of another version: ${faults.join("; ")}`);
}

export const Backend = z.object({
  backend: z.string(),
  version: z.string(),
  device: z.string(),
  reasons: z.array(z.string()),
});
export type Backend = z.infer<typeof Backend>;

/** What the child tells: that it listens, how far it is, and last how it ended. */
export const ChildMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  /** Its main thread comes round; nothing else. */
  z.object({ type: z.literal("alive") }),
  z.object({
    type: z.literal("backend"),
    backend: Backend,
  }),
  z.object({
    type: z.literal("progress"),
    phase: z.enum(["preparing", "pretraining", "training", "writing"]),
    step: z.int().min(0).optional(),
    steps: z.int().min(0).optional(),
    metrics: z.record(z.string(), z.unknown()).optional(),
  }),
  z.object({
    type: z.literal("epoch"),
    epoch: z.int(),
    trainLoss: z.number().nullable(),
    heldOutLoss: z.number().nullable(),
    heldOutAccuracy: z.number().nullable(),
  }),
  /** A fact for the job's events. */
  z.object({
    type: z.literal("note"),
    message: z.string(),
    data: z.record(z.string(), z.unknown()),
  }),
  /** Something that went wrong and was done without; for the log. */
  z.object({ type: z.literal("warning"), message: z.string() }),
  z.object({ type: z.literal("done") }),
  z.object({ type: z.literal("stale") }),
  z.object({
    type: z.literal("failed"),
    code: z.enum(ERROR_CODES),
    detail: z.string(),
    /** For the log alone. */
    stack: z.string(),
  }),
]);
export type ChildMessage = z.infer<typeof ChildMessage>;
