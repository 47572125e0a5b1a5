import { z } from "zod";
import { PruningId } from "../values/ids.js";
import { Seed } from "../values/primitives.js";

/** Rows of a sample at most. */
export const MOST_SAMPLED_ROWS = 10_000;

/** A random sample of all rows of a dataset, flagged and not, to be reviewed. */
export const ReviewSampleParams = z
  .strictObject({
    pruningId: PruningId.meta({ description: "By whose flags the rows are divided" }),
    size: z.int().min(2).max(MOST_SAMPLED_ROWS).optional().meta({
      description: "Rows of the sample; by default as many as `halfWidth` needs",
    }),
    halfWidth: z.number().min(0.001).max(0.5).optional().meta({
      description:
        "How far the 95 % interval of the noise rate may reach to each side, if the noise is as the pruning estimates it; default 0.02. Not together with `size`",
    }),
    seed: Seed.optional().meta({
      description: "Seeds the draw: the same seed draws the same rows. Default: a random one",
    }),
  })
  .refine(({ size, halfWidth }) => size === undefined || halfWidth === undefined, {
    path: ["halfWidth"],
    message: "goes without size: the size follows from it",
  })
  .meta({
    id: "ReviewSampleParams",
    not: { properties: { size: {}, halfWidth: {} }, required: ["size", "halfWidth"] },
  });
export type ReviewSampleParams = z.infer<typeof ReviewSampleParams>;
