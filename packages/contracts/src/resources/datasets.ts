import { z } from "zod";
import { ConsensusReviews, ReviewUse } from "../parameters/review-parameters.js";
import { DatasetState } from "../states/states.js";
import { CrossValidationId, DatasetId, PruningId } from "../values/ids.js";
import { Count, Time } from "../values/primitives.js";
import { AnnotatorProfile, Vote } from "./annotators.js";
import { ColumnValue, DatasetColumn } from "./file-layout.js";
import { Warning } from "./pages.js";

export const Dataset = z
  .object({
    id: DatasetId,
    name: z.string(),
    state: DatasetState,
    rows: Count.nullable().meta({ description: "Samples; null until it is ready" }),
    rejected: Count.nullable().meta({ description: "Lines that were not kept" }),
    classes: Count.nullable(),
    hasTrueLabels: z.boolean().meta({ description: "If true, prunings report flag quality" }),
    annotators: Count.meta({
      description:
        "Whose labels its rows have; 0 where a row has one label of nobody in particular",
    }),
    sha256: z.string().nullable().meta({ description: "Of the file" }),
    parentId: DatasetId.nullable().meta({ description: "The dataset that it was derived from" }),
    version: z
      .object({ pruningId: PruningId, split: z.string(), reviews: ReviewUse })
      .meta({ id: "VersionOrigin" })
      .nullable()
      .meta({ description: "How it was made, if it is a version by a pruning and its reviews" }),
    consensus: z
      .object({ crossValidationId: CrossValidationId, reviews: ConsensusReviews })
      .meta({ id: "ConsensusOrigin" })
      .nullable()
      .meta({
        description: "Whose model its annotators were agreed with, if that made its labels",
      }),
    sameFileAs: z
      .array(DatasetId)
      .meta({ description: "Ready datasets that were read from a file with the same bytes" }),
    format: z.string().nullable().meta({
      description: "Of the file that it was read from, or its parent was; null until it is ready",
    }),
    columns: z
      .array(DatasetColumn)
      .meta({ description: "The columns of the file that are kept, in file order" }),
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
      z
        .object({ rows: Count, texts: z.array(z.string()), labels: z.array(z.string()) })
        .meta({ id: "NearDuplicateGroup" }),
    ),
  })
  .meta({ id: "NearDuplicateProfile" });
export type NearDuplicateProfile = z.infer<typeof NearDuplicateProfile>;

/** Exploratory figures of a dataset. Histograms are arrays: class names are user strings. */
export const DatasetProfile = z
  .object({
    rowsRead: Count.meta({ description: "Lines or records of the file" }),
    kept: Count.meta({ description: "Those that became samples" }),
    rejected: z.array(z.object({ reason: z.string(), count: Count }).meta({ id: "RejectCount" })),
    classHistogram: z.array(
      z.looseObject({ index: z.int(), name: z.string(), count: Count }).meta({ id: "ClassCount" }),
    ),
    lengths: z
      .looseObject({
        min: z.number(),
        p5: z.number(),
        median: z.number(),
        p95: z.number(),
        p99: z.number(),
        max: z.number(),
        mean: z.number(),
      })
      .meta({ id: "TextLengths" }),
    duplicates: z
      .looseObject({
        texts: Count.meta({ description: "Rows whose text an earlier row has" }),
        conflictingTexts: Count.meta({ description: "Texts with more than one label" }),
        examples: z
          .array(
            z
              .object({ text: z.string(), line: z.int(), labels: z.array(z.string()) })
              .meta({ id: "LabelConflict" }),
          )
          .optional()
          .meta({ description: "The first 1,000 conflicting texts, with all their labels" }),
      })
      .meta({ id: "DuplicateProfile" }),
    nearDuplicates: NearDuplicateProfile.optional().meta({
      description: "Absent if they were not counted",
    }),
    similarClasses: z
      .array(
        z
          .object({ from: z.string(), to: z.string(), fromCount: Count, toCount: Count })
          .meta({ id: "SimilarClasses" }),
      )
      .optional()
      .meta({
        description:
          "Pairs of class names that differ only in case, width, Unicode form, invisible characters or blanks; the more frequent one is `to`",
      }),
    normalizedLabels: z
      .array(
        z
          .object({ from: z.string(), to: z.string(), count: Count })
          .meta({ id: "NormalizedLabel" }),
      )
      .optional()
      .meta({ description: "Under `normalizeLabels`: spellings that were read as another one" }),
    annotators: AnnotatorProfile.optional().meta({
      description: "Where several annotators labelled rows",
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
    votes: z.array(Vote).meta({ description: "Where several annotators labelled rows" }),
    labelQuality: z
      .number()
      .nullable()
      .meta({ description: "How probable the label is, where it is a consensus of annotators" }),
    columns: z
      .array(ColumnValue)
      .meta({ description: "The row's other columns in the file, in file order" }),
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
