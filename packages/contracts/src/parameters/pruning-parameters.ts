import { z } from "zod";
import type { FieldError } from "../errors/errors.js";
import { listOf } from "../values/constraints.js";
import { CrossValidationId, JobId } from "../values/ids.js";
import { ReviewUse } from "./review-parameters.js";

/** How flags are decided and ordered; shared by POST pruning and by a fold-training job. */
export const PruningOptions = z
  .strictObject({
    semantics: z
      .enum(["cleanlab-1.0.1", "cleanlab-2"])
      .meta({ id: "Semantics" })
      .default("cleanlab-1.0.1")
      .meta({ description: "Reference implementation to reproduce" }),
    method: z
      .enum([
        "prune_by_noise_rate",
        "prune_by_class",
        "both",
        "confident_learning",
        "predicted_neq_given",
        "low_self_confidence",
        "low_normalized_margin",
        "argmax",
        "confusion",
        "calibrated_confusion",
        "posterior",
        "error_odds",
      ])
      .meta({ id: "FlagMethod" })
      .default("prune_by_noise_rate")
      .meta({ description: "How the flagged rows are chosen" }),
    order: z
      .enum([
        "normalized_margin",
        "prob_given_label",
        "self_confidence",
        "confidence_weighted_entropy",
        "posterior",
        "error_odds",
      ])
      .meta({ id: "ScoreOrder" })
      .default("error_odds")
      .meta({
        description:
          "The score that sorts the flags, worst first. The reference implementations sort by normalized_margin",
      }),
    hierarchy: z
      .enum(["ignore", "weight", "level-1-first"])
      .meta({ id: "HierarchyUse" })
      .default("ignore")
      .meta({
        description:
          "Of classes named as paths, a/b: how the flags' order takes the tree. weight: by the probability of an error times the share of the levels at which the labels differ. level-1-first: suspected errors across parents come before those between sisters",
      }),
    scope: z
      .enum(["dataset", "fold"])
      .meta({ id: "PruningScope" })
      .default("dataset")
      .meta({ description: "fold: each fold is pruned by its own joint" }),
    fracNoise: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .meta({ description: "Share of the estimated noise that is flagged" }),
    numToRemovePerClass: listOf(z.int().min(0), { max: 10_000 })
      .optional()
      .meta({ description: "Rows to flag in each class, instead of the estimate" }),
    keepAtLeastPerClass: z.int().min(0).max(1_000_000).optional().meta({
      description: "Classes with at most this many rows get no flags; default 5, with cleanlab-2 1",
    }),
    collision: z
      .enum(["cleanlab", "paper"])
      .meta({ id: "Collision" })
      .default("cleanlab")
      .meta({ description: "How a row counts that is confident for several classes" }),
    calibrated: z
      .boolean()
      .default(true)
      .meta({ description: "false: the raw confident joint decides" }),
    adjust: z.boolean().default(false).meta({
      description:
        "Sorts by scores that are adjusted for each class's threshold; for normalized_margin, prob_given_label and self_confidence",
    }),
    posteriorCount: z
      .enum(["prune_by_noise_rate", "argmax"])
      .meta({ id: "PosteriorCount" })
      .default("prune_by_noise_rate")
      .meta({ description: "The methods posterior and error_odds flag as many rows as this one" }),
    posteriorCut: z.number().min(0).max(1).optional().meta({
      description: "The method posterior flags all rows at or above this error probability",
    }),
    errorOddsCut: z.number().optional().meta({
      description: "The method error_odds flags all rows at or above these log odds of an error",
    }),
    evidence: z.boolean().default(true).meta({
      description:
        "Also says of each flag which words or characters speak for either label, if the run has a quick model; takes that model's counts once more",
    }),
    stability: z.boolean().default(true).meta({
      description:
        "Also asks every model of the run alone, so that each flag says how many agree; takes a pass for each",
    }),
    reviews: ReviewUse.default("follow").meta({
      description:
        "follow: rows about which people have decided are not flagged again. ignore: they are flagged as all others",
    }),
    suggestion: z.enum(["argmax", "posterior"]).meta({ id: "SuggestionSource" }).optional().meta({
      description:
        "Where the suggested label comes from; default: the posterior if it sorts or chooses or error_odds chooses, else the argmax, which is never the given label of a flag that a joint chose",
    }),
  })
  .meta({ id: "PruningOptions" });
export type PruningOptions = z.infer<typeof PruningOptions>;

/** The orders that `adjust` changes. */
const ADJUSTABLE: readonly PruningOptions["order"][] = [
  "normalized_margin",
  "prob_given_label",
  "self_confidence",
];

/** Options that are valid alone but not together; `at` is where they stand in the body. */
export function pruningFaults({ adjust, order }: PruningOptions, at = ""): FieldError[] {
  if (!adjust || ADJUSTABLE.includes(order)) return [];
  const detail = `The order ${order} takes no adjustment; set order to one of ${ADJUSTABLE.join(", ")}`;
  return [{ pointer: `${at}/adjust`, detail }];
}

/** A precision to aim at, and the experiment that says which score has it. */
export const PrecisionTarget = z
  .strictObject({
    targetPrecision: z.number().gt(0).lt(1).optional().meta({
      description:
        "Flags the rows down to the score whose flags are this often right, by an experiment and by the reviews of rows at random; the report says what it promises. In place of a method; needs experimentId",
    }),
    experimentId: JobId.optional().meta({
      description: "A finished experiment with the same model, on this dataset or on its parent",
    }),
    experimentNoise: z.int().min(0).max(9).optional().meta({
      description: "Which of the experiment's `noises` the promise is of; default 0",
    }),
    experimentRate: z.number().gt(0).lt(1).optional().meta({
      description:
        "Which of its rates; default the one next to the estimated share of wrong labels",
    }),
  })
  .meta({ id: "PrecisionTarget" });
export type PrecisionTarget = z.infer<typeof PrecisionTarget>;

export const PruningParams = z
  .strictObject({
    crossValidationId: CrossValidationId,
    ...PruningOptions.shape,
    ...PrecisionTarget.shape,
  })
  .meta({ id: "PruningParams" });
export type PruningParams = z.infer<typeof PruningParams>;

/** What a target cannot be combined with. */
export function targetFaults(params: PruningParams): FieldError[] {
  const { targetPrecision, experimentId, experimentNoise, experimentRate } = params;
  if (targetPrecision === undefined) {
    return Object.entries({ experimentId, experimentNoise, experimentRate })
      .filter(([, value]) => value !== undefined)
      .map(([name]) => ({ pointer: `/${name}`, detail: "It needs targetPrecision" }));
  }
  const faults: FieldError[] = [];
  const add = (pointer: string, detail: string) => faults.push({ pointer, detail });
  if (experimentId === undefined) add("/experimentId", "targetPrecision needs an experiment");
  if (params.order !== "error_odds" && params.order !== "posterior") {
    add("/order", "targetPrecision needs the order error_odds or posterior");
  }
  if (params.method !== "prune_by_noise_rate" && params.method !== params.order) {
    add("/method", "targetPrecision flags by score alone; leave the method out");
  }
  if (params.scope === "fold") add("/scope", "targetPrecision needs the scope dataset");
  for (const name of ["errorOddsCut", "posteriorCut", "numToRemovePerClass"] as const) {
    if (params[name] !== undefined) add(`/${name}`, "targetPrecision sets the cut; leave it out");
  }
  return faults;
}
