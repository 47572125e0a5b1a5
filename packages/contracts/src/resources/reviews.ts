import { z } from "zod";
import { MetOrder, Verdict } from "../parameters/review-parameters.js";
import { DatasetId, ReviewActionId } from "../values/ids.js";
import { Count, Time } from "../values/primitives.js";
import { Flag } from "./flags.js";

const By = z
  .string()
  .nullable()
  .meta({ description: "The API key that decided; null without keys" });

const CLASS = z.string().nullable().meta({ description: "With relabel: the class that is right" });

/** What was decided about a row. */
export const Review = z
  .object({
    ordinal: z.int().meta({ description: "The row, from 0 in input order" }),
    verdict: Verdict,
    label: CLASS,
    version: z.int().meta({ description: "What a review that replaces this one has to send" }),
    actionId: ReviewActionId,
    by: By,
    pruningId: z.string().nullable().meta({ description: "By which pruning the row was met" }),
    order: MetOrder.nullable().meta({ description: "In which order it was met" }),
    inherited: z.boolean().meta({
      description: "Of the dataset that this one was derived from",
    }),
    undone: z.boolean().meta({ description: "Only in the history" }),
    createdAt: Time,
  })
  .meta({ id: "Review" });
export type Review = z.infer<typeof Review>;

/** One request that reviewed rows: it is undone as one. */
export const ReviewAction = z
  .object({
    id: ReviewActionId,
    datasetId: DatasetId,
    version: z.int().meta({ description: "The `version` of the reviews that it made" }),
    rows: Count,
    by: By,
    pruningId: z.string().nullable(),
    order: MetOrder.nullable(),
    createdAt: Time,
    undoneAt: Time.nullable(),
  })
  .meta({ id: "ReviewAction" });
export type ReviewAction = z.infer<typeof ReviewAction>;

const ETAG = z.string().meta({ description: "The ETag of the dataset's reviews after it" });

export const ReviewResult = z
  .object({
    action: ReviewAction.nullable().meta({
      description: "null if nothing was written: with validateOnly, or where no row was met",
    }),
    rows: Count.meta({ description: "Rows that are reviewed, or would be" }),
    replaced: Count.meta({ description: "Of these, rows that had a review already" }),
    etag: ETAG,
  })
  .meta({ id: "ReviewResult" });
export type ReviewResult = z.infer<typeof ReviewResult>;

export const ReviewUndo = z
  .object({
    action: ReviewAction,
    restored: z
      .array(
        z.object({ ordinal: z.int(), review: Review.nullable() }).meta({ id: "RestoredReview" }),
      )
      .meta({ description: "What now counts for the first 100 of its rows" }),
    etag: ETAG,
  })
  .meta({ id: "ReviewUndo" });
export type ReviewUndo = z.infer<typeof ReviewUndo>;

/** A flag with what it takes to decide about it. */
export const QueuedFlag = Flag.omit({ review: true })
  .extend({
    likeliest: z
      .array(
        z.object({ label: z.string(), probability: z.number() }).meta({ id: "ClassProbability" }),
      )
      .meta({ description: "The classes with the highest probability, the likeliest first" }),
    nearDuplicates: z
      .array(
        z
          .object({
            ordinal: z.int(),
            line: z.int(),
            text: z.string(),
            label: z.string(),
            review: Verdict.nullable(),
          })
          .meta({ id: "NearDuplicate" }),
      )
      .meta({
        description:
          "Up to five other rows with nearly the same text; empty where the dataset's near-duplicates were not counted",
      }),
    review: Review.nullable(),
    version: z.int().meta({ description: "Of the present review, 0 if there is none" }),
  })
  .meta({ id: "QueuedFlag" });
export type QueuedFlag = z.infer<typeof QueuedFlag>;

const Precision = z
  .object({
    estimate: z.number(),
    low: z.number(),
    high: z.number(),
    method: z.literal("wilson"),
  })
  .meta({
    id: "Proportion",
    description: "A share with its 95 % interval, by Wilson's score method",
  });

const COUNTS = {
  flags: Count,
  confirmed: Count.meta({ description: "Relabelled or dropped: the flag was right" }),
  rejected: Count.meta({ description: "Kept: the given label is right" }),
  unsure: Count,
  precision: Precision.nullable().meta({
    description: "Confirmed of confirmed and rejected; null before the first",
  }),
};

/** How far the review of a pruning's flags is, and how often they were right. */
export const ReviewReport = z
  .object({
    ...COUNTS,
    random: z
      .object({ confirmed: Count, rejected: Count, precision: Precision.nullable() })
      .meta({ id: "RandomReviews" })
      .meta({
        description:
          "The reviews of rows that were met in random order: only these are a fair sample of all flags",
      }),
    pairs: z
      .array(
        z
          .object({ given: z.string(), suggested: z.string(), ...COUNTS })
          .meta({ id: "PairReviews" }),
      )
      .meta({ description: "By given and suggested class, most flags first; at most 1,000" }),
  })
  .meta({ id: "ReviewReport" });
export type ReviewReport = z.infer<typeof ReviewReport>;

/** What changed from one version of a dataset to another. */
export const DatasetDiff = z
  .object({
    datasetId: DatasetId,
    againstId: DatasetId.meta({ description: "The one before" }),
    unchanged: Count,
    relabelled: Count,
    dropped: Count.meta({ description: "Rows that only the one before has" }),
    added: Count.meta({ description: "Rows that the one before does not have" }),
    classes: z.array(
      z
        .object({
          name: z.string(),
          before: Count.meta({ description: "Its rows in the one before" }),
          after: Count.meta({ description: "Its rows now" }),
          relabelledTo: Count.meta({ description: "Rows that had another label" }),
          relabelledFrom: Count.meta({ description: "Rows that have another label now" }),
          dropped: Count,
          added: Count,
        })
        .meta({ id: "ClassDiff" }),
    ),
  })
  .meta({ id: "DatasetDiff" });
export type DatasetDiff = z.infer<typeof DatasetDiff>;

export const DiffRow = z
  .object({
    change: z.enum(["relabelled", "dropped", "added"]).meta({ id: "DiffChange" }),
    ordinal: z.int().nullable().meta({ description: "Now; null if it was dropped" }),
    againstOrdinal: z.int().nullable().meta({ description: "Before; null if it was added" }),
    line: z.int().meta({ description: "1-based line of the source file" }),
    text: z.string(),
    before: z.string().nullable().meta({ description: "The label before" }),
    after: z.string().nullable().meta({ description: "The label now" }),
  })
  .meta({ id: "DiffRow" });
export type DiffRow = z.infer<typeof DiffRow>;
