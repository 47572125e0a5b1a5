import { z } from "zod";
import { DatasetId, PruningId, ReviewSampleId } from "../values/ids.js";
import { Count, Time } from "../values/primitives.js";
import { QueuedFlag } from "./reviews.js";
import { COUNTED, SHARES } from "./sampled-noise.js";

export const SampleStratum = z
  .object({
    flagged: z.boolean().meta({ description: "Whether the pruning flagged its rows" }),
    rows: Count.meta({ description: "Of the dataset, when the sample was drawn" }),
    sampled: Count.meta({ description: "Of the sample" }),
    reviewed: Count,
    counted: COUNTED,
    wrong: Count.meta({ description: "Of the counted: dropped, or relabelled to another class" }),
    right: Count.meta({ description: "Of the counted: kept" }),
    unsure: Count.meta({
      description:
        "Of the counted: left out of the estimates. The lower bounds take them as right, the upper ones as wrong",
    }),
  })
  .meta({ id: "SampleStratum" });
export type SampleStratum = z.infer<typeof SampleStratum>;

/** Rows that were drawn at random to be reviewed, and what their reviews say about all rows. */
export const ReviewSample = z
  .object({
    id: ReviewSampleId,
    datasetId: DatasetId,
    pruningId: PruningId.meta({
      description:
        "Whose flags divide the rows: precision and recall are of these flags, whatever later prunings flag. It may have been deleted",
    }),
    seed: z.int(),
    size: Count,
    halfWidth: z.number().meta({
      description: "The interval that was expected of the noise rate when it was drawn",
    }),
    strata: z.array(SampleStratum).meta({ description: "Flagged rows, then the others" }),
    reviewed: Count.meta({ description: "Rows with a review, unsure ones too" }),
    isEnough: z.boolean().meta({
      description:
        "Whether 30 rows of each stratum are counted, or all that were drawn from it: then prunings of the dataset have the noise rate beside their own",
    }),
    ...SHARES,
    by: z.string().nullable().meta({ description: "The API key that drew it; null without keys" }),
    createdAt: Time,
  })
  .meta({ id: "ReviewSample" });
export type ReviewSample = z.infer<typeof ReviewSample>;

/** A row of a sample with what it takes to decide about it; not whether it was flagged, which would bias. */
export const SampledRow = QueuedFlag.pick({
  sampleId: true,
  ordinal: true,
  line: true,
  externalId: true,
  text: true,
  given: true,
  columns: true,
  likeliest: true,
  nearDuplicates: true,
  review: true,
  version: true,
})
  .extend({
    position: z.int().meta({ description: "From 1, in the order of review" }),
    selfConfidence: z.number().nullable().meta({
      description: "Probability of the given label; null where the pruning was deleted",
    }),
    suggested: z.string().meta({
      description: "The likeliest class besides the given one, whether or not the row was flagged",
    }),
  })
  .meta({ id: "SampledRow" });
export type SampledRow = z.infer<typeof SampledRow>;
