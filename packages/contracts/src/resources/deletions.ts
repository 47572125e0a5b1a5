import { z } from "zod";
import { CrossValidationId, PruningId } from "../values/ids.js";
import { Count } from "../values/primitives.js";

/** What a DELETE of a resource would remove, itself included. */
export const Deletion = z
  .object({
    id: z.string(),
    name: z
      .string()
      .nullable()
      .meta({ description: "Of a dataset, or the file name of an upload" }),
    samples: Count.meta({ description: "Rows of the dataset" }),
    crossValidations: z.array(CrossValidationId).meta({
      description: "With their probabilities, and the models that they kept",
    }),
    prunings: z.array(PruningId).meta({ description: "With their flags" }),
    flags: Count,
    bytes: Count.meta({
      description: "Of the upload's file, or of the tables of samples and probabilities",
    }),
  })
  .meta({ id: "Deletion" });
export type Deletion = z.infer<typeof Deletion>;
