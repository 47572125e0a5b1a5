import { z } from "zod";
import { ReviewSampleId } from "../values/ids.js";
import { Count } from "../values/primitives.js";

/** A share of rows that a reviewed sample estimates. */
export const SampledShare = z
  .object({
    estimate: z.number(),
    low: z.number(),
    high: z.number(),
    method: z.enum(["clopper-pearson", "square-and-add", "joint-bounds"]).meta({
      id: "SampledShareMethod",
      description:
        "clopper-pearson: exact, for a finite population. square-and-add: those of the strata, combined (Zou and Donner 2008). joint-bounds: the corners of those of both strata",
    }),
  })
  .meta({ id: "SampledShare", description: "With its 95 % interval" });
export type SampledShare = z.infer<typeof SampledShare>;

/** What a sample's reviews say. */
export const SHARES = {
  noiseRate: SampledShare.nullable().meta({
    description: "Wrong labels of all rows; null before rows of both strata are decided",
  }),
  precision: SampledShare.nullable().meta({
    description: "Wrong labels of the flagged rows; null where none is decided",
  }),
  recall: SampledShare.nullable().meta({
    description: "Flagged rows of those with a wrong label; null also while no label is wrong",
  }),
};

/** Of a sample's rows. */
export const COUNTED = Count.meta({
  description:
    "Rows up to the stratum's first without a review: later ones were met for another reason than the draw, and do not count yet",
});

/** What the newest sample of a dataset that was reviewed far enough says. */
export const SampledNoise = z
  .object({
    sampleId: ReviewSampleId,
    counted: COUNTED.meta({ description: "Reviewed rows on which it is based" }),
    noiseRate: SampledShare,
    precision: SHARES.precision.meta({ description: "null also for the flags of another pruning" }),
    recall: SHARES.recall.meta({ description: "null also for the flags of another pruning" }),
  })
  .meta({ id: "SampledNoise" });
export type SampledNoise = z.infer<typeof SampledNoise>;
