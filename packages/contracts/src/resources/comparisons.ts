import { z } from "zod";
import { CrossValidationId, DatasetId, PruningId } from "../values/ids.js";
import { Count } from "../values/primitives.js";

const Share = z
  .object({ estimate: z.number(), low: z.number(), high: z.number() })
  .meta({ id: "ShareWithInterval" });

export const ComparedVersion = z
  .object({
    version: z.enum(["original", "cleaned", "relabelled", "soft", "reviewed"]),
    learned: Count.meta({ description: "Rows that the models learn from" }),
    accuracy: Share.meta({ description: "On the judged rows, with its 95 % interval (Wilson)" }),
    difference: Share.meta({
      description:
        "Accuracy minus that of the original, with its 95 % interval: the rows that only one of the two gets right decide",
    }),
    classes: z.array(
      z
        .object({
          name: z.string(),
          judged: Count,
          accuracy: Share.nullable().meta({ description: "Null without a judged row" }),
          learned: z.number().meta({ description: "Rows of the class, or the sum of soft shares" }),
        })
        .meta({ id: "ComparedClass" }),
    ),
  })
  .meta({ id: "ComparedVersion" });
export type ComparedVersion = z.infer<typeof ComparedVersion>;

/** The result of a comparison's job. */
export const Comparison = z
  .object({
    pruningId: PruningId,
    crossValidationId: CrossValidationId,
    model: z.literal("quick"),
    judge: z
      .enum(["test-dataset", "true-labels", "reviewed-rows", "unflagged-rows"])
      .meta({ description: "Whose labels count as right, and of which rows" }),
    testDatasetId: DatasetId.nullable().default(null).meta({
      description: "The dataset of other rows that they were judged on",
    }),
    judged: Count,
    note: z.string().meta({ description: "What the judge can show, and what it cannot" }),
    versions: z.array(ComparedVersion),
    curve: z
      .array(
        z
          .object({
            share: z.number(),
            reviewed: Count,
            byFlags: Share,
            atRandom: Share,
          })
          .meta({ id: "ReviewCurvePoint" }),
      )
      .nullable()
      .meta({ description: "Null where the true labels are not known" }),
  })
  .meta({ id: "Comparison" });
export type Comparison = z.infer<typeof Comparison>;
