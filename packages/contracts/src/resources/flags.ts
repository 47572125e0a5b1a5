import { z } from "zod";
import { Verdict } from "../parameters/review-parameters.js";
import { ColumnValue } from "./file-layout.js";

const EvidencePart = z
  .object({
    ngram: z.string().meta({
      description: "A word, two of them, or characters; blanks are the start or end of a word",
    }),
    weight: z.number().meta({ description: "What it adds to the difference; negative: given" }),
  })
  .meta({ id: "EvidencePart" });

const NearRow = z
  .object({
    ordinal: z.int().meta({ description: "Of the near row's sample" }),
    label: z.string().meta({ description: "Its given label" }),
    similarity: z.number().meta({ description: "The cosine of both vectors" }),
  })
  .meta({ id: "NearRow" });

/** Why a label is doubted, by a model that is linear in words and characters. */
export const Evidence = z
  .object({
    suggested: z
      .array(EvidencePart)
      .meta({ description: "The five at most that speak most for the suggestion" }),
    given: z.array(EvidencePart).meta({ description: "And those for the given label" }),
    classSizes: z.number().meta({ description: "What the sizes of both classes add" }),
    difference: z.number().meta({
      description:
        "The suggestion's score above the given label's: all words and characters of the row, not only the listed ones, with classSizes",
    }),
    nearest: z.array(NearRow).optional().meta({
      description:
        "The three rows whose vectors are nearest, the nearest first, where the run has vectors that are still there; of very many flags only the worst have them",
    }),
  })
  .meta({ id: "FlagEvidence" });
type EvidenceParts = readonly Readonly<z.infer<typeof EvidencePart>>[];
export type NearRow = Readonly<z.infer<typeof NearRow>>;
export type Evidence = Readonly<
  Omit<z.infer<typeof Evidence>, "suggested" | "given" | "nearest">
> & {
  readonly suggested: EvidenceParts;
  readonly given: EvidenceParts;
  readonly nearest?: readonly NearRow[] | undefined;
};

/** A sample whose label is doubted. */
export const Flag = z
  .object({
    sampleId: z.int(),
    ordinal: z.int().meta({ description: "From 0 in input order" }),
    line: z.int().meta({ description: "1-based line of the source file" }),
    externalId: z.string().nullable().meta({ description: "From the file's id column" }),
    text: z.string(),
    given: z.string().meta({ description: "The label in the file" }),
    suggested: z.string().meta({ description: "The label that fits better" }),
    selfConfidence: z.number().meta({ description: "Probability of the given label" }),
    normalizedMargin: z.number().meta({
      description: "Probability of the given label against the others', by the semantics",
    }),
    errorProbability: z
      .number()
      .nullable()
      .meta({ description: "1 minus the posterior of the given label: a score, not calibrated" }),
    errorOdds: z.number().nullable().meta({
      description:
        "Log odds of an error, by which error_odds sorts; null unless they choose or order",
    }),
    suggestedProbability: z.number().meta({ description: "Probability of the suggested label" }),
    stability: z.number().nullable().meta({
      description:
        "Share of the run's models, of all its seeds, that flag the row alone; null if it has fewer than two",
    }),
    reason: z
      .record(z.string(), z.unknown())
      .meta({ description: "The method, and the cut that the row passed" }),
    fold: z.int().meta({ description: "The fold that predicted it" }),
    rank: z.int().meta({ description: "From 1, the worst" }),
    trueLabel: z.string().nullable().meta({ description: "If the dataset has true labels" }),
    columns: z
      .array(ColumnValue)
      .meta({ description: "The row's other columns in the file, in file order" }),
    evidence: Evidence.nullable().meta({
      description:
        "Out of the quick model that never saw the row; null where the report says so, or the suggestion is the given label",
    }),
    review: Verdict.nullable().meta({ description: "What was decided about it last" }),
  })
  .meta({ id: "Flag" });
export type Flag = z.infer<typeof Flag>;
