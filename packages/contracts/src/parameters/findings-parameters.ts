import { z } from "zod";
import { CrossValidationId } from "../values/ids.js";

/** What else is wrong with a dataset, beside single labels. */
export const FindingsParams = z
  .strictObject({
    crossValidationId: CrossValidationId,
    most: z.int().min(1).max(500).default(50).meta({
      description:
        "How many groups of near-duplicates, and how many outliers, the result lists; `/findings/...` of the job lists all",
    }),
  })
  .meta({ id: "FindingsParams" });
export type FindingsParams = z.infer<typeof FindingsParams>;
