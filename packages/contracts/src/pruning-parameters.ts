import { z } from "zod";
import { CrossValidationId } from "./ids.js";

/** How flags are decided and ordered; shared by POST pruning and by a fold-training job. */
export const PruningOptions = z
  .strictObject({
    semantics: z.enum(["cleanlab-1.0.1", "cleanlab-2"]).default("cleanlab-1.0.1"),
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
      ])
      .default("prune_by_noise_rate"),
    order: z
      .enum([
        "normalized_margin",
        "prob_given_label",
        "self_confidence",
        "confidence_weighted_entropy",
        "posterior",
      ])
      .default("normalized_margin"),
    scope: z.enum(["dataset", "fold"]).default("dataset"),
    fracNoise: z.number().gt(0).max(1).default(1),
    numToRemovePerClass: z.array(z.int().min(0)).max(10_000).optional(),
    keepAtLeastPerClass: z.int().min(0).max(1_000_000).optional(),
    collision: z.enum(["cleanlab", "paper"]).default("cleanlab"),
    calibrated: z
      .boolean()
      .default(true)
      .meta({ description: "false decides by the raw confident joint" }),
    adjust: z
      .boolean()
      .default(false)
      .meta({ description: "Orders by scores adjusted for each class's threshold" }),
    posteriorCount: z.enum(["prune_by_noise_rate", "argmax"]).default("prune_by_noise_rate"),
    posteriorCut: z.number().min(0).max(1).optional(),
    suggestion: z
      .enum(["argmax", "posterior"])
      .optional()
      .meta({ description: "Default: the posterior where it orders or chooses, else the argmax" }),
  })
  .meta({ id: "PruningOptions" });
export type PruningOptions = z.infer<typeof PruningOptions>;

export const PruningParams = z
  .strictObject({ crossValidationId: CrossValidationId, ...PruningOptions.shape })
  .meta({ id: "PruningParams" });
export type PruningParams = z.infer<typeof PruningParams>;
