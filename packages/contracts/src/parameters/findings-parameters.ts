import { z } from "zod";
import { CrossValidationId } from "../values/ids.js";

/** What else is wrong with a dataset, beside single labels. */
export const FindingsParams = z
  .strictObject({
    crossValidationId: CrossValidationId,
    most: z.int().min(1).max(500).default(50).meta({
      description:
        "How many groups of near-duplicates, and how many outliers, stand in the job's result; all of them are at its routes below /findings",
    }),
  })
  .meta({ id: "FindingsParams" });
export type FindingsParams = z.infer<typeof FindingsParams>;
