import { z } from "zod";
import { DatasetFormat } from "./dataset-parameters.js";
import { Problem } from "./errors.js";
import { CrossValidationId, DatasetId, JobId, PruningId, UploadId } from "./ids.js";
import { JOB_KINDS } from "./jobs/kinds.js";
import { Count, Time } from "./primitives.js";
import { CROSS_VALIDATION_STATES, DATASET_STATES, JOB_STATES, TASK_STATES } from "./states.js";
import { FoldTrainingParams, ProbabilityImportParams } from "./training-parameters.js";

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
    bytes: Count.meta({ description: "Of the whole file" }),
    received: Count.meta({ description: "Less than bytes while a resumable upload is under way" }),
    sha256: z.string().length(64).nullable().meta({ description: "Once all bytes are there" }),
    createdAt: Time,
  })
  .meta({ id: "Upload" });
export type Upload = z.infer<typeof Upload>;

/** The head of a file as an ingest would read it. */
export const UploadPreview = z
  .object({
    compression: z.string(),
    encoding: z.string(),
    format: DatasetFormat.nullable(),
    guessed: z.boolean(),
    columns: z.array(z.string()).nullable(),
    samples: z.array(z.looseObject({ line: z.int(), text: z.string(), label: z.string() })),
    rejects: z.array(
      z.object({ line: z.int(), reason: z.string(), detail: z.string(), excerpt: z.string() }),
    ),
    classes: z.array(z.object({ name: z.string(), count: Count })),
    rowsLooked: Count,
    aliases: z
      .array(z.looseObject({ from: z.string(), to: z.string() }))
      .meta({ description: "Names that look like one class; never applied unasked" }),
    problem: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: "UploadPreview" });
export type UploadPreview = z.infer<typeof UploadPreview>;

export const TaskView = z.object({
  fold: z.int().nullable(),
  state: z.enum(TASK_STATES),
  attempt: Count,
  step: Count,
  metrics: z.record(z.string(), z.unknown()).nullable(),
});
export type TaskView = z.infer<typeof TaskView>;

export const Job = z
  .object({
    id: JobId,
    kind: z.enum(JOB_KINDS),
    state: z.enum(JOB_STATES),
    phase: z.string().nullable(),
    progress: z.object({ done: z.number(), total: z.number().nullable(), unit: z.string() }),
    etaSeconds: z.number().nullable(),
    attempt: Count,
    params: z.record(z.string(), z.unknown()),
    seed: z.number().nullable(),
    result: z.record(z.string(), z.unknown()).nullable(),
    error: Problem.nullable(),
    tasks: z.array(TaskView),
    datasetId: DatasetId.nullable(),
    crossValidationId: CrossValidationId.nullable(),
    pruningId: PruningId.nullable(),
    retryOf: JobId.nullable(),
    createdAt: Time,
    startedAt: Time.nullable(),
    finishedAt: Time.nullable(),
    links: z.object({ self: z.string(), events: z.string(), cancel: z.string() }),
  })
  .meta({ id: "Job" });
export type Job = z.infer<typeof Job>;

/** What a job would take, as far as its data and earlier jobs tell; null: nothing is known. */
export const JobEstimate = z
  .object({
    rows: Count.nullable(),
    folds: Count.nullable(),
    steps: Count.nullable().meta({ description: "Training steps of all folds together" }),
    seconds: z.number().nullable().meta({ description: "Of work, one task after the other" }),
    peakMemoryBytes: Count.nullable(),
    storageBytes: Count.nullable().meta({ description: "Of the rows that it would write" }),
  })
  .meta({ id: "JobEstimate" });
export type JobEstimate = z.infer<typeof JobEstimate>;

/** The answer to `validateOnly=true`: a request that does not fit gets the problem of the POST. */
export const JobValidation = z
  .object({ valid: z.literal(true), estimate: JobEstimate })
  .meta({ id: "JobValidation" });
export type JobValidation = z.infer<typeof JobValidation>;

export const JOB_EVENT_TYPES = ["state", "progress", "metric", "log"] as const;
export const JobEvent = z
  .object({
    id: z.string().meta({ description: "Monotonic; pass as `after` to read on" }),
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
    rows: Count.nullable(),
    rejected: Count.nullable(),
    classes: Count.nullable(),
    hasTrueLabels: z.boolean(),
    sha256: z.string().nullable(),
    parentId: DatasetId.nullable().meta({ description: "What it was derived from" }),
    sameFileAs: z.array(DatasetId).meta({ description: "Datasets of a file with the same bytes" }),
    createdAt: Time,
  })
  .meta({ id: "Dataset" });
export type Dataset = z.infer<typeof Dataset>;

/** Rows whose texts nearly agree, repeated ones among them. */
export const NearDuplicateProfile = z
  .object({
    groups: Count.meta({ description: "Of two rows or more" }),
    rows: Count.meta({ description: "In these groups, the first of each not counted" }),
    conflictingGroups: Count.meta({ description: "Groups whose rows bear different labels" }),
    largest: z.array(
      z.object({ rows: Count, texts: z.array(z.string()), labels: z.array(z.string()) }),
    ),
  })
  .meta({ id: "NearDuplicateProfile" });
export type NearDuplicateProfile = z.infer<typeof NearDuplicateProfile>;

/** Exploratory figures of a dataset. Histograms are arrays: class names are user strings. */
export const DatasetProfile = z
  .object({
    rowsRead: Count,
    kept: Count,
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
      texts: Count.meta({ description: "Rows whose text came before" }),
      conflictingTexts: Count,
      examples: z
        .array(z.object({ text: z.string(), line: z.int(), labels: z.array(z.string()) }))
        .optional()
        .meta({ description: "The first 1,000 conflicting texts, with all their labels" }),
    }),
    nearDuplicates: NearDuplicateProfile.optional().meta({
      description: "Absent where they were not looked for",
    }),
    warnings: z.array(Warning),
  })
  .loose()
  .meta({ id: "DatasetProfile" });
export type DatasetProfile = z.infer<typeof DatasetProfile>;

export const DatasetClass = z
  .object({ index: z.int(), name: z.string(), count: Count })
  .meta({ id: "DatasetClass" });
export type DatasetClass = z.infer<typeof DatasetClass>;

export const Sample = z
  .object({
    sampleId: z.int().meta({ description: "Unique in the service; the npy part `ids` bears it" }),
    ordinal: z.int().meta({ description: "Counts from 0 in input order, as the npy rows do" }),
    line: z.int().meta({ description: "1-based line of the source file" }),
    externalId: z.string().nullable(),
    text: z.string(),
    label: z.string(),
    labelIndex: z.int(),
    allLabels: z
      .array(z.string())
      .meta({ description: 'Under the label policy "all": every label, the counted one first' }),
    trueLabel: z.string().nullable(),
  })
  .meta({ id: "Sample" });
export type Sample = z.infer<typeof Sample>;

export const Reject = z
  .object({ line: z.int(), reason: z.string(), detail: z.string(), excerpt: z.string() })
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
    fold: z.int(),
    state: z.enum(TASK_STATES),
    attempt: Count,
    trainRows: Count.nullable(),
    testRows: Count.nullable(),
    accuracy: z.number().nullable(),
    loss: z.number().nullable(),
    epochs: z.array(EpochMetrics),
    seconds: z.number().nullable(),
    backend: z.record(z.string(), z.unknown()).nullable(),
    finishedAt: Time.nullable(),
  })
  .meta({ id: "Fold" });
export type Fold = z.infer<typeof Fold>;

/** Which epoch's predictions a run answers with. */
export const EpochVote = z
  .object({
    choice: z.enum(["vote", "fold", "last"]),
    epoch: z.int().nullable().meta({ description: "The one voted for, once all folds are done" }),
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
    seed: z.number(),
    configuration: z
      .union([FoldTrainingParams.partial(), ProbabilityImportParams])
      .meta({ description: "The parameters of the job that made it" }),
    backend: z.record(z.string(), z.unknown()).nullable(),
    accuracy: z.number().nullable(),
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
    epoch: z.int().meta({ description: "After which the weights are these" }),
    files: z.array(z.object({ name: z.string(), bytes: Count, href: z.string() })),
  })
  .meta({ id: "FoldModel" });
export type FoldModel = z.infer<typeof FoldModel>;

export const Health = z.object({ status: z.literal("ok"), version: z.string() });
export const Readiness = z.object({
  status: z.enum(["ready", "not-ready"]),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().nullable() })),
});
