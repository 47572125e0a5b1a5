import { z } from "zod";
import { CrossValidationId } from "../values/ids.js";
import { Count } from "../values/primitives.js";

const Row = z
  .object({
    ordinal: Count.meta({ description: "The row, from 0" }),
    line: Count.meta({ description: "Where it begins in the file" }),
    label: z.string(),
    text: z.string().meta({ description: "Its first 200 characters" }),
  })
  .meta({ id: "FoundRow" });

const Probability = z.number().min(0).max(1);

const ConflictingGroup = z
  .object({
    score: Probability.meta({
      description: "The share of its rows that have another label than the commonest",
    }),
    size: Count,
    labels: z.array(z.object({ label: z.string(), rows: Count }).meta({ id: "LabelCount" })),
    rows: z.array(Row).meta({ description: "At most 5, in the order of the file" }),
  })
  .meta({ id: "ConflictingGroup" });

/** Rows with nearly the same text whose labels differ. */
const ConflictingTexts = z
  .object({
    groups: Count.meta({ description: "Groups of near-duplicates in the dataset" }),
    conflicting: Count.meta({ description: "Those with several labels" }),
    rows: Count.meta({ description: "Rows in these" }),
    found: z.array(ConflictingGroup),
  })
  .meta({ id: "ConflictingTexts" });

const FoundOutlier = Row.extend({
  score: z.number().meta({
    description:
      "How many spreads it has less in common with its class than rows of its length have",
  }),
  suggested: z.string().meta({ description: "What the model predicts" }),
}).meta({ id: "FoundOutlier" });

/** A third verdict beside right and wrong: rows that fit no class. */
const FoundOutliers = z
  .object({
    basis: z.enum(["texts", "vectors"]).meta({
      description: "What rows are compared by: n-grams, or the vectors of the run",
    }),
    count: Count,
    cut: z.number().meta({
      description: "Rows above this score are outliers; one false alarm in 20 datasets without any",
    }),
    found: z.array(FoundOutlier),
  })
  .meta({ id: "FoundOutliers" });

const FoundGroups = z
  .object({
    tested: Count.meta({ description: "Groups that were tested, weak or not" }),
    level: Probability.meta({
      description: "Where no group is weak, one is found this often at most",
    }),
    found: z.array(
      z
        .object({
          by: z.string().meta({
            description: "`parent class`, `text length`, or the name of a kept column",
          }),
          group: z.string(),
          rows: Count,
          accuracy: z
            .object({ estimate: z.number(), low: z.number(), high: z.number() })
            .meta({ id: "GroupAccuracy", description: "With its 95 % interval (Wilson)" }),
          expected: z.number().meta({
            description: "Of rows with the same labels elsewhere; by class: of all other rows",
          }),
          lost: z.number().meta({ description: "Rows predicted otherwise, above those expected" }),
          p: Probability,
          adjustedP: Probability.meta({ description: "For all groups that were tested (Holm)" }),
        })
        .meta({ id: "WeakGroup" }),
    ),
  })
  .meta({ id: "WeakGroups" });

const FoundOrder = z
  .object({
    flagged: z.boolean(),
    kind: z.enum(["sorted", "alternating", "drifting"]).nullable(),
    p: Probability.meta({ description: "Of both tests together (Bonferroni)" }),
    neighbours: z
      .object({ pairs: Count, equal: Count, expected: z.number(), p: Probability })
      .meta({
        id: "NeighbourTest",
        description: "Neighbours with the same label (runs test for several classes)",
      }),
    drift: z.object({ parts: Count, strength: z.number(), p: Probability }).nullable().meta({
      id: "DriftTest",
      description: "Class shares in equal parts of the file (chi-square; strength: Cramer's V)",
    }),
  })
  .meta({ id: "LabelOrder" });

/** The result of a job of this kind. */
export const Findings = z
  .object({
    crossValidationId: CrossValidationId,
    rows: Count,
    conflicts: ConflictingTexts,
    outliers: FoundOutliers,
    weakGroups: FoundGroups,
    labelOrder: FoundOrder,
    similarClasses: z
      .array(
        z
          .object({ from: z.string(), to: z.string(), fromCount: Count, toCount: Count })
          .meta({ id: "SimilarClassNames" }),
      )
      .meta({ description: "Class names that differ only in case, width, Unicode form or blanks" }),
  })
  .meta({ id: "Findings" });
export type Findings = z.infer<typeof Findings>;

/** What is listed page by page: what its kind of finding is called in the result, and one of them. */
export const FOUND = { conflicts: ConflictingGroup, outliers: FoundOutlier } as const;
export type FoundKind = keyof typeof FOUND;
export type Found<K extends FoundKind> = z.infer<(typeof FOUND)[K]>;
