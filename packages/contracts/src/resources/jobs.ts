import { z } from "zod";
import { Problem } from "../errors/errors.js";
import { JobKind } from "../jobs/kinds.js";
import { JobState, TaskState } from "../states/states.js";
import { nonEmpty } from "../values/constraints.js";
import { CrossValidationId, DatasetId, JobId, PruningId } from "../values/ids.js";
import { Count, Time } from "../values/primitives.js";

export const TaskView = z
  .object({
    fold: z.int().nullable().meta({ description: "From 0; null for tasks that are not folds" }),
    shard: z.int().nullable().meta({
      description: "From 0, of the texts that an encoder encodes; null for other tasks",
    }),
    state: TaskState,
    attempt: Count.meta({ description: "How often a worker has claimed it" }),
    step: Count.meta({ description: "In the unit of the job's progress" }),
    metrics: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "The latest that the worker reported, such as loss and accuracy" }),
  })
  .meta({ id: "JobTask" });
export type TaskView = z.infer<typeof TaskView>;

export const Job = z
  .object({
    id: JobId,
    kind: JobKind,
    state: JobState,
    phase: z.string().nullable().meta({ description: "What a running job is doing" }),
    progress: z
      .object({
        done: z.number(),
        total: z.number().nullable().meta({ description: "null until it is known" }),
        unit: z.string().meta({ description: "bytes, steps, rows, jobs or trainings" }),
      })
      .meta({ id: "JobProgress" })
      .meta({ description: "Of all tasks together" }),
    etaSeconds: z
      .number()
      .nullable()
      .meta({ description: "The remaining time at the average speed; null until 5 % is done" }),
    attempt: Count.meta({ description: "The largest of its tasks" }),
    params: z
      .record(z.string(), z.unknown())
      .meta({ description: "The body of the POST, with its defaults" }),
    seed: z.number().nullable(),
    result: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "What the job created, by its kind; null until it has succeeded" }),
    error: Problem.nullable().meta({
      description: "Why it failed, with the reason of each attempt",
    }),
    tasks: z.array(TaskView),
    datasetId: DatasetId.nullable().meta({ description: "The dataset that it reads or creates" }),
    crossValidationId: CrossValidationId.nullable().meta({
      description: "The cross-validation that it reads or creates",
    }),
    pruningId: PruningId.nullable().meta({
      description: "The pruning that it creates, or queued when it ended",
    }),
    retryOf: JobId.nullable().meta({ description: "The job that this one retries" }),
    parentId: JobId.nullable().meta({
      description: "The job that queued this one as a part of its own work",
    }),
    createdAt: Time,
    startedAt: Time.nullable(),
    finishedAt: Time.nullable(),
    links: z
      .object({ self: z.string(), events: z.string(), cancel: z.string() })
      .meta({ id: "JobLinks" }),
  })
  .meta({ id: "Job" });
export type Job = z.infer<typeof Job>;

/** Which queued and running jobs to cancel: those that fit every part. */
export const CancelFilter = nonEmpty(
  z.strictObject({
    state: z.enum(["queued", "running"]).meta({ id: "OpenJobState" }).optional(),
    kind: JobKind.optional(),
    datasetId: DatasetId.optional().meta({ description: "The dataset that they read or create" }),
    crossValidationId: CrossValidationId.optional().meta({
      description: "The cross-validation that they read or create",
    }),
    createdBefore: Time.optional(),
  }),
  "must name at least one of state, kind, datasetId, crossValidationId, createdBefore",
).meta({ id: "CancelFilter" });
export type CancelFilter = z.infer<typeof CancelFilter>;

/** What a cancellation of many jobs did. */
export const CancelReport = z
  .object({
    matched: Count.meta({ description: "Queued and running jobs that fit the filter" }),
    cancelled: Count.meta({ description: "Ended at once: none of their tasks was running" }),
    cancelling: Count.meta({ description: "End as soon as their workers stop" }),
    ended: Count.meta({ description: "Had ended by themselves before their turn" }),
    remaining: Count.meta({
      description: "Untouched: a dry run touches none, and one call at most 1,000; repeat it",
    }),
  })
  .meta({ id: "CancelReport" });
export type CancelReport = z.infer<typeof CancelReport>;

/** What a job would need, estimated from its data and earlier jobs; null: unknown. */
export const JobEstimate = z
  .object({
    rows: Count.nullable(),
    folds: Count.nullable(),
    steps: Count.nullable().meta({ description: "Training steps of all folds" }),
    seconds: z.number().nullable().meta({ description: "Work of all tasks, one after the other" }),
    peakMemoryBytes: Count.nullable().meta({ description: "Of one task's process" }),
    gpuMemoryBytes: Count.nullable().meta({
      description: "Of the card, for one fold of a network that may train on a GPU",
    }),
    storageBytes: Count.nullable().meta({ description: "Of the rows that it would write" }),
  })
  .meta({ id: "JobEstimate" });
export type JobEstimate = z.infer<typeof JobEstimate>;

/** The answer to `validateOnly=true`. An invalid request gets the same problem as the POST. */
export const JobValidation = z
  .object({ valid: z.literal(true), estimate: JobEstimate })
  .meta({ id: "JobValidation" });
export type JobValidation = z.infer<typeof JobValidation>;

export const JOB_EVENT_TYPES = ["state", "progress", "metric", "log"] as const;
export const JobEvent = z
  .object({
    id: z
      .string()
      .meta({ description: "Increases; pass it as `after` to get the events that follow" }),
    type: z.enum(JOB_EVENT_TYPES).meta({ id: "JobEventType" }),
    data: z.record(z.string(), z.unknown()),
    createdAt: Time,
  })
  .meta({ id: "JobEvent" });
export type JobEvent = z.infer<typeof JobEvent>;
