import { ERROR_CODES, JOB_KINDS, TASK_KINDS } from "@winnow/contracts";
import { z } from "zod";
import { CheckpointPlace } from "../checkpoints/place.js";

// The messages between a worker and its trainer's child over IPC. Both sides validate what they get:
// during an update the other side may be of another version.

/** The backends that a child may be told to use; the encoder's own list holds no others. */
export const BACKEND_NAMES = ["tfjs-node-gpu", "tfjs-node", "wasm", "webgpu"] as const;

/** An embeddings endpoint of OpenAI's form. */
const EmbeddingsSettings = z.strictObject({
  url: z.string(),
  model: z.string().optional(),
  key: z.string().optional(),
});
export type EmbeddingsSettings = z.infer<typeof EmbeddingsSettings>;

/** The only message to the child: which claim to work on, and where. */
export const StartMessage = z.strictObject({
  type: z.literal("start"),
  /**
   * What to compute on: the child takes this one or fails, and never chooses another. Null: its model
   * needs none.
   */
  backend: z.enum(BACKEND_NAMES).nullable(),
  databaseUrl: z.string(),
  directDatabaseUrl: z.string().optional(),
  /** Holds the files that folds share; absolute. */
  storageDir: z.string(),
  checkpointPlace: CheckpointPlace,
  /** Holds the checkpoints that a training may start from; absolute, or null: they are off. */
  modelsDir: z.string().nullable(),
  /** The endpoint that a training may ask for vectors; null: there is none. */
  embeddings: EmbeddingsSettings.nullable(),
  checkpointIntervalMs: z.int().min(0),
  /** Whether the worker wants to know when the stages of the work begin. */
  traced: z.boolean().default(false),
  claim: z.strictObject({
    taskId: z.string(),
    jobId: z.string(),
    kind: z.enum(JOB_KINDS),
    taskKind: z.enum(TASK_KINDS),
    /** Null: the task trains all folds. */
    fold: z.int().min(0).nullable(),
    /** Null: the task is not a shard's. */
    shard: z.int().min(0).nullable(),
    attempt: z.int().min(1),
    params: z.unknown(),
    datasetId: z.string(),
    crossValidationId: z.string(),
    pruningId: z.string().nullable(),
    /** The child's spans are made by the worker. */
    traceParent: z.null().default(null),
  }),
});
export type StartMessage = z.infer<typeof StartMessage>;

/** The start message. Throws all its faults in one line, which becomes the job's error. */
export function readStart(raw: unknown): StartMessage {
  const { data, error } = StartMessage.safeParse(raw);
  if (data) return data;
  const faults = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Error(`the start message is of another version: ${faults.join("; ")}`);
}

export const Backend = z.object({
  backend: z.enum(BACKEND_NAMES),
  version: z.string(),
  device: z.string(),
  engine: z.enum(["eager", "graph"]),
  reasons: z.array(z.string()),
});
export type Backend = z.infer<typeof Backend>;

/** What the child sends: that it is ready, its progress, and last how it ended. */
export const ChildMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  /** Its main thread is not blocked. */
  z.object({ type: z.literal("alive") }),
  z.object({
    type: z.literal("backend"),
    backend: Backend,
  }),
  z.object({
    type: z.literal("progress"),
    phase: z.enum(["preparing", "encoding", "pretraining", "training", "fitting", "writing"]),
    step: z.int().min(0).optional(),
    steps: z.int().min(0).optional(),
    metrics: z.record(z.string(), z.unknown()).optional(),
  }),
  /** A stage of the work has begun, in milliseconds since 1970; only where that is wanted. */
  z.object({ type: z.literal("stage"), name: z.string(), at: z.number() }),
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
  /** A fault that the training survives; for the log. */
  z.object({ type: z.literal("warning"), message: z.string() }),
  /** The fold is written. */
  z.object({ type: z.literal("done") }),
  /** The claim is lost; nothing was written. */
  z.object({ type: z.literal("stale") }),
  z.object({
    type: z.literal("failed"),
    code: z.enum(ERROR_CODES),
    detail: z.string(),
    /** For the log only. */
    stack: z.string(),
  }),
]);
export type ChildMessage = z.infer<typeof ChildMessage>;
export type ProgressMessage = Extract<ChildMessage, { type: "progress" }>;

/** How the child's work ended; no message comes after it. */
export type FinalMessage = Extract<ChildMessage, { type: "done" | "stale" | "failed" }>;

export const isFinal = (message: ChildMessage): message is FinalMessage =>
  message.type === "done" || message.type === "stale" || message.type === "failed";
