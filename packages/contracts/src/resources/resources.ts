// Long because every field says what it means: the reference and /openapi.json show it.
import { z } from "zod";
import { Problem } from "../errors/errors.js";
import { JOB_KINDS } from "../jobs/kinds.js";
import { DatasetFormat } from "../parameters/dataset-parameters.js";
import { FoldTrainingParams, ProbabilityImportParams } from "../parameters/training-parameters.js";
import {
  CROSS_VALIDATION_STATES,
  DATASET_STATES,
  JOB_STATES,
  TASK_STATES,
} from "../states/states.js";
import { CrossValidationId, DatasetId, JobId, PruningId, UploadId } from "../values/ids.js";
import { Count, Time } from "../values/primitives.js";

export const Warning = z.object({ code: z.string(), message: z.string() });
export type Warning = z.infer<typeof Warning>;

/** `{data, hasMore, nextCursor}`: one page of a keyset-ordered list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), hasMore: z.boolean(), nextCursor: z.string().nullable() });
export interface Page<T> {
  data: T[];
  hasMore: boolean;
  nextCursor: string | null;
}

export const Upload = z
  .object({
    id: UploadId,
    bytes: Count.meta({ description: "Size of the whole file" }),
    received: Count.meta({ description: "Less than bytes until a resumable upload is complete" }),
    sha256: z
      .string()
      .length(64)
      .nullable()
      .meta({ description: "null until all bytes have arrived" }),
    createdAt: Time,
  })
  .meta({ id: "Upload" });
export type Upload = z.infer<typeof Upload>;

/** The start of a file as an ingest would read it. */
export const UploadPreview = z
  .object({
    compression: z.string().meta({ description: "none, gzip or zstd" }),
    encoding: z.string().meta({ description: "utf-8 or gb18030" }),
    format: DatasetFormat.nullable().meta({
      description: "The format that the rows were read with; null if none fits",
    }),
    guessed: z.boolean().meta({ description: "Whether the service chose that format" }),
    columns: z
      .array(z.string())
      .nullable()
      .meta({ description: "null if the format has no names" }),
    samples: z
      .array(z.looseObject({ line: z.int(), text: z.string(), label: z.string() }))
      .meta({ description: "The first rows that an ingest would keep" }),
    rejects: z
      .array(
        z.object({ line: z.int(), reason: z.string(), detail: z.string(), excerpt: z.string() }),
      )
      .meta({ description: "Lines that an ingest would not keep" }),
    classes: z
      .array(z.object({ name: z.string(), count: Count }))
      .meta({ description: "Of the rows that were read" }),
    rowsLooked: Count.meta({ description: "How many rows were read" }),
    aliases: z.array(z.looseObject({ from: z.string(), to: z.string() })).meta({
      description:
        "Names that look like the same class; they only apply if the ingest asks for them",
    }),
    problem: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: "Why the rest of the file cannot be read; null if it can" }),
  })
  .meta({ id: "UploadPreview" });
export type UploadPreview = z.infer<typeof UploadPreview>;

export const TaskView = z.object({
  fold: z.int().nullable().meta({ description: "From 0; null for tasks that are not folds" }),
  state: z.enum(TASK_STATES),
  attempt: Count.meta({ description: "How often a worker has claimed it" }),
  step: Count.meta({ description: "In the unit of the job's progress" }),
  metrics: z
    .record(z.string(), z.unknown())
    .nullable()
    .meta({ description: "The latest that the worker reported, such as loss and accuracy" }),
});
export type TaskView = z.infer<typeof TaskView>;

export const Job = z
  .object({
    id: JobId,
    kind: z.enum(JOB_KINDS),
    state: z.enum(JOB_STATES),
    phase: z.string().nullable().meta({ description: "What a running job is doing" }),
    progress: z
      .object({
        done: z.number(),
        total: z.number().nullable().meta({ description: "null until it is known" }),
        unit: z.string().meta({ description: "bytes, steps or rows" }),
      })
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
    createdAt: Time,
    startedAt: Time.nullable(),
    finishedAt: Time.nullable(),
    links: z.object({ self: z.string(), events: z.string(), cancel: z.string() }),
  })
  .meta({ id: "Job" });
export type Job = z.infer<typeof Job>;

/** What a job would need, estimated from its data and earlier jobs; null: unknown. */
export const JobEstimate = z
  .object({
    rows: Count.nullable(),
    folds: Count.nullable(),
    steps: Count.nullable().meta({ description: "Training steps of all folds" }),
    seconds: z.number().nullable().meta({ description: "Work of all tasks, one after the other" }),
    peakMemoryBytes: Count.nullable().meta({ description: "Of one task's process" }),
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
    type: z.enum(JOB_EVENT_TYPES),
    data: z.record(z.string(), z.unknown()),
    createdAt: Time,
  })
  .meta({ id: "JobEvent" });
export type JobEvent = z.infer<typeof JobEvent>;

export const Dataset = z
  .object({
    id: DatasetId,
    name: z.string(),
    state: z.enum(DATASET_STATES),
    rows: Count.nullable().meta({ description: "Samples; null until it is ready" }),
    rejected: Count.nullable().meta({ description: "Lines that were not kept" }),
    classes: Count.nullable(),
    hasTrueLabels: z.boolean().meta({ description: "Then prunings say how good their flags are" }),
    sha256: z.string().nullable().meta({ description: "Of the file" }),
    parentId: DatasetId.nullable().meta({ description: "The dataset that it was derived from" }),
    sameFileAs: z
      .array(DatasetId)
      .meta({ description: "Ready datasets that were read from a file with the same bytes" }),
    createdAt: Time,
  })
  .meta({ id: "Dataset" });
export type Dataset = z.infer<typeof Dataset>;

/** Rows whose texts are nearly the same, repeated ones included. */
export const NearDuplicateProfile = z
  .object({
    groups: Count.meta({ description: "Groups of two rows or more" }),
    rows: Count.meta({ description: "Rows in these groups, without the first of each" }),
    conflictingGroups: Count.meta({ description: "Groups whose rows have different labels" }),
    largest: z.array(
      z.object({ rows: Count, texts: z.array(z.string()), labels: z.array(z.string()) }),
    ),
  })
  .meta({ id: "NearDuplicateProfile" });
export type NearDuplicateProfile = z.infer<typeof NearDuplicateProfile>;

/** Exploratory figures of a dataset. Histograms are arrays: class names are user strings. */
export const DatasetProfile = z
  .object({
    rowsRead: Count.meta({ description: "Lines or records of the file" }),
    kept: Count.meta({ description: "Those that became samples" }),
    rejected: z.array(z.object({ reason: z.string(), count: Count })),
    classHistogram: z.array(z.looseObject({ index: z.int(), name: z.string(), count: Count })),
    lengths: z.looseObject({
      min: z.number(),
      p5: z.number(),
      median: z.number(),
      p95: z.number(),
      p99: z.number(),
      max: z.number(),
      mean: z.number(),
    }),
    duplicates: z.looseObject({
      texts: Count.meta({ description: "Rows whose text an earlier row has" }),
      conflictingTexts: Count.meta({ description: "Texts with more than one label" }),
      examples: z
        .array(z.object({ text: z.string(), line: z.int(), labels: z.array(z.string()) }))
        .optional()
        .meta({ description: "The first 1,000 conflicting texts, with all their labels" }),
    }),
    nearDuplicates: NearDuplicateProfile.optional().meta({
      description: "Absent if they were not counted",
    }),
    warnings: z.array(Warning),
  })
  .loose()
  .meta({ id: "DatasetProfile" });
export type DatasetProfile = z.infer<typeof DatasetProfile>;

export const DatasetClass = z
  .object({
    index: z.int().meta({ description: "Column of the probabilities, from 0" }),
    name: z.string(),
    count: Count.meta({ description: "Samples with this given label" }),
  })
  .meta({ id: "DatasetClass" });
export type DatasetClass = z.infer<typeof DatasetClass>;

export const Sample = z
  .object({
    sampleId: z.int().meta({ description: "Unique in the service; the npy part `ids` holds it" }),
    ordinal: z.int().meta({ description: "From 0 in input order: the row of the npy files" }),
    line: z.int().meta({ description: "1-based line of the source file" }),
    externalId: z.string().nullable().meta({ description: "From the file's id column" }),
    text: z.string(),
    label: z.string().meta({ description: "The given label" }),
    labelIndex: z.int().meta({ description: "Its class index" }),
    allLabels: z
      .array(z.string())
      .meta({ description: 'Under the label policy "all": every label, the counted one first' }),
    trueLabel: z.string().nullable().meta({ description: "If the dataset has true labels" }),
  })
  .meta({ id: "Sample" });
export type Sample = z.infer<typeof Sample>;

export const Reject = z
  .object({
    line: z.int().meta({ description: "1-based line of the source file" }),
    reason: z.string().meta({ description: "A stable code" }),
    detail: z.string(),
    excerpt: z.string().meta({ description: "The start of the line" }),
  })
  .meta({ id: "Reject" });
export type Reject = z.infer<typeof Reject>;

export const EpochMetrics = z.looseObject({
  epoch: z.int(),
  trainLoss: z.number().nullable(),
  heldOutLoss: z.number().nullable(),
  heldOutAccuracy: z.number().nullable(),
});

export const Fold = z
  .object({
    fold: z.int().meta({ description: "From 0" }),
    state: z.enum(TASK_STATES),
    attempt: Count.meta({ description: "How often a worker has claimed it" }),
    trainRows: Count.nullable(),
    testRows: Count.nullable().meta({ description: "Rows that the fold predicts" }),
    accuracy: z
      .number()
      .nullable()
      .meta({ description: "Against the given labels, of the rows that it predicts" }),
    loss: z.number().nullable().meta({ description: "Mean log loss of these rows" }),
    epochs: z.array(EpochMetrics).meta({ description: "The learning curve" }),
    seconds: z.number().nullable(),
    backend: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "What computed it: name, version, device" }),
    finishedAt: Time.nullable(),
  })
  .meta({ id: "Fold" });
export type Fold = z.infer<typeof Fold>;

/** The epoch whose predictions a cross-validation holds. */
export const EpochVote = z
  .object({
    choice: z.enum(["vote", "fold", "last"]),
    epoch: z.int().nullable().meta({ description: "The elected one, once all folds are done" }),
    candidates: z
      .array(z.object({ epoch: z.int(), loss: z.number(), accuracy: z.number() }))
      .meta({ description: "Mean held-out log loss and accuracy over all rows of all folds" }),
  })
  .meta({ id: "EpochVote" });
export type EpochVote = z.infer<typeof EpochVote>;

export const CrossValidation = z
  .object({
    id: CrossValidationId,
    datasetId: DatasetId,
    jobId: JobId,
    state: z.enum(CROSS_VALIDATION_STATES),
    rows: Count,
    classes: Count,
    folds: Count,
    seed: z.number().meta({ description: "Decides split and training" }),
    configuration: z
      .union([FoldTrainingParams.partial(), ProbabilityImportParams])
      .meta({ description: "The parameters of the job that made it" }),
    backend: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: "What computed it; null for imported probabilities" }),
    accuracy: z
      .number()
      .nullable()
      .meta({ description: "Against the given labels, over all rows; null until it is ready" }),
    epochVote: EpochVote,
    warnings: z.array(Warning),
    createdAt: Time,
    finishedAt: Time.nullable(),
  })
  .meta({ id: "CrossValidation" });
export type CrossValidation = z.infer<typeof CrossValidation>;

/** A fold's trained model: the files of a Hugging Face folder. */
export const FoldModel = z
  .object({
    fold: z.int(),
    epoch: z.int().meta({ description: "The weights are those after this epoch" }),
    files: z.array(z.object({ name: z.string(), bytes: Count, href: z.string() })),
  })
  .meta({ id: "FoldModel" });
export type FoldModel = z.infer<typeof FoldModel>;

export const Health = z.object({ status: z.literal("ok"), version: z.string() });
export const Readiness = z.object({
  status: z.enum(["ready", "not-ready"]),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().nullable() })),
});
