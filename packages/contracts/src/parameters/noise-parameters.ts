import { z } from "zod";
import { listOf, text } from "../values/constraints.js";
import { Seed } from "../values/primitives.js";
import { NoiseMatrix, Rate } from "./noise-matrix.js";

/** A class name and what stands for it; of noise, the class that it becomes. */
export const ClassAlias = z.strictObject({ from: text(), to: text() }).meta({ id: "ClassAlias" });

/** Noise that is injected into labels. The true labels are stored apart, and no training reads them. */
export const NoiseParams = z
  .discriminatedUnion("type", [
    z
      .strictObject({ type: z.literal("symmetric"), rate: Rate, seed: Seed.default(1) })
      .meta({ id: "SymmetricNoise" }),
    z
      .strictObject({
        type: z.literal("pair"),
        rate: Rate,
        pairs: listOf(ClassAlias, { max: 10_000 })
          .optional()
          .meta({ description: "Class names; without pairs each class becomes the next one" }),
        seed: Seed.default(1),
      })
      .meta({ id: "PairNoise" }),
    z
      .strictObject({
        type: z.literal("matrix"),
        matrix: NoiseMatrix,
        seed: Seed.default(1),
      })
      .meta({ id: "MatrixNoise" }),
    z
      .strictObject({
        type: z.literal("by-class"),
        rates: listOf(Rate, { max: 20_000 }),
        seed: Seed.default(1),
      })
      .meta({ id: "ClassNoise" }),
    z
      .strictObject({
        type: z.literal("annotators"),
        rate: Rate.optional().meta({
          description:
            "The share of rows that get a label which an annotator gave instead; without it each row gets the label of one of its annotators, at random",
        }),
        seed: Seed.default(1),
      })
      .meta({
        id: "AnnotatorNoise",
        description: "Labels that annotators of the dataset really gave",
      }),
  ])
  .meta({ id: "NoiseParams" });
export type NoiseParams = z.infer<typeof NoiseParams>;
