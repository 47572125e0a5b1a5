import { z } from "zod";
import { listOf } from "../values/constraints.js";
import { CrossValidationId } from "../values/ids.js";
import { PruningOptions } from "./pruning-parameters.js";

/** At most so many runs are combined at once; combinations can be combined again. */
const MOST_RUNS = 20;

/** Runs of one dataset whose probabilities become one. */
export const CombinationParams = z
  .strictObject({
    crossValidationIds: listOf(CrossValidationId, { min: 2, max: MOST_RUNS })
      .refine(
        // A list that is too long is refused unread.
        (ids) => ids.length > MOST_RUNS || new Set(ids).size === ids.length,
        "Name each cross-validation once",
      )
      .meta({
        uniqueItems: true,
        description:
          "Finished cross-validations of one dataset, for instance of several seeds. Each counts the same",
      }),
    pruning: PruningOptions.optional().meta({
      description: "Queues a pruning with these options when the combination is done",
    }),
  })
  .meta({ id: "CombinationParams" });
export type CombinationParams = z.infer<typeof CombinationParams>;
