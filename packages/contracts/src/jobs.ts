import { z } from "zod";
import { DatasetIngestParams } from "./dataset-parameters.js";
import { JobId, TaskId } from "./ids.js";
import { PruningParams } from "./pruning-parameters.js";
import { FoldTrainingParams, ProbabilityImportParams } from "./training-parameters.js";

/** What lies in Redis for a task: ids only. Everything else is read from Postgres at the claim. */
export const TaskPayload = z.strictObject({
  jobId: JobId,
  taskId: TaskId,
  /** Counts the times the task was put on its queue; part of the queue entry's id. */
  delivery: z.int().min(1),
});
export type TaskPayload = z.infer<typeof TaskPayload>;

/** The most bytes a queue payload may take as JSON. */
export const MAX_PAYLOAD_BYTES = 4096;

/**
 * The kinds of job. The key is stable for ever, since rows and queues bear it: to rename a kind,
 * add the new one, let workers consume both, and drop the old when no row bears it.
 * `params` is the POST body; `role` the worker role that consumes the queue; `attempts` the number
 * of failed attempts after which a task is failed for good.
 */
export const JOBS = {
  "dataset-ingest": {
    queue: "dataset-ingest",
    role: "cpu",
    attempts: 3,
    params: DatasetIngestParams,
    progressUnit: "bytes",
  },
  "fold-training": {
    queue: "fold-training",
    role: "trainer",
    attempts: 3,
    params: FoldTrainingParams,
    progressUnit: "steps",
  },
  "probability-import": {
    queue: "probability-import",
    role: "cpu",
    attempts: 3,
    params: ProbabilityImportParams,
    progressUnit: "rows",
  },
  pruning: {
    queue: "pruning",
    role: "cpu",
    attempts: 3,
    params: PruningParams,
    progressUnit: "rows",
  },
} as const satisfies Record<
  string,
  {
    queue: string;
    role: "cpu" | "trainer";
    attempts: number;
    params: z.ZodType;
    progressUnit: string;
  }
>;

export type JobKind = keyof typeof JOBS;
export const JOB_KINDS = Object.keys(JOBS) as JobKind[];
export type JobParams<K extends JobKind> = z.infer<(typeof JOBS)[K]["params"]>;
export type WorkerRole = "cpu" | "trainer" | "orchestrator";
export const WORKER_ROLES = ["cpu", "trainer", "orchestrator"] as const satisfies WorkerRole[];
