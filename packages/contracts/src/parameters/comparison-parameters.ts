import { z } from "zod";
import { listOf } from "../values/constraints.js";
import { DatasetId, PruningId } from "../values/ids.js";
import { Seed } from "../values/primitives.js";

/** What a pruning and its reviews are worth to the model that learns afterwards. */
export const ComparisonParams = z
  .strictObject({
    pruningId: PruningId,
    testDatasetId: DatasetId.optional().meta({
      description:
        "A dataset of other rows to judge on, by its true labels or else its given ones: its classes must be among those of the pruned one, by name. Each version's model then learns from all of its rows",
    }),
    folds: z.int().min(2).max(20).default(10).meta({
      description:
        "Each row is judged by a model that did not learn from it; no matter with testDatasetId",
    }),
    seed: Seed.default(1),
    curve: listOf(z.number().min(0).max(1), { max: 20 })
      .default([0, 0.01, 0.02, 0.05, 0.1, 0.2])
      .meta({
        description:
          "Shares of the rows that are reviewed, with the true labels as the reviewer: flags in their order, then the other rows by the probability of an error; and at random",
      }),
  })
  .meta({ id: "ComparisonParams" });
export type ComparisonParams = z.infer<typeof ComparisonParams>;
