import { z } from "zod";
import { listOf, text } from "../values/constraints.js";
import { PruningId, ReviewActionId } from "../values/ids.js";

/** What a person can decide about a row. */
export const Verdict = z.enum(["keep", "relabel", "drop", "unsure"]).meta({
  id: "Verdict",
  description:
    "keep: the given label is right. relabel: another class is. drop: the row belongs to no class, or must go. unsure: to be decided later",
});
export type Verdict = z.infer<typeof Verdict>;

export const ReviewOrder = z.enum(["worst", "posterior", "random"]).meta({
  id: "ReviewOrder",
  description:
    "worst: by rank, as the pruning orders its flags. posterior: highest error probability first. random: in an order that is always the same and depends on nothing that the flags say",
});
export type ReviewOrder = z.infer<typeof ReviewOrder>;

/** In which order a row was met when it was reviewed. */
export const MetOrder = z.enum([...ReviewOrder.options, "sample"]).meta({
  id: "MetOrder",
  description: "An order of the queue, or sample: in a random sample of all rows",
});
export type MetOrder = z.infer<typeof MetOrder>;

/** Whether a row has a review, as a filter asks for it. */
export const ReviewState = z.enum(["pending", "decided", "unsure", "any"]).meta({
  id: "ReviewState",
  description: "pending: without a review. decided: keep, relabel or drop",
});
export type ReviewState = z.infer<typeof ReviewState>;

export const ReviewUse = z.enum(["follow", "ignore"]).meta({
  id: "ReviewUse",
  description:
    "follow: what was decided about a row counts; what the pruning says counts for the others, and for those marked as unsure. ignore: the pruning's answer alone",
});
export type ReviewUse = z.infer<typeof ReviewUse>;

export const ConsensusReviews = z.enum(["follow", "ignore"]).meta({
  id: "ConsensusReviews",
  description:
    "follow: the dataset's reviews weigh as one more annotator, and dropped rows are left out. ignore: annotators and model alone",
});
export type ConsensusReviews = z.infer<typeof ConsensusReviews>;

const Ordinal = z.int().min(0).max(0x7fff_ffff).meta({ description: "The row, from 0" });

const Version = z.int().min(0).default(0).meta({
  description:
    "The `version` of the review that this one replaces; 0, the default, where the row has none",
});

const RowReview = z
  .discriminatedUnion("verdict", [
    z
      .strictObject({
        ordinal: Ordinal,
        verdict: z.enum(["keep", "drop", "unsure"]).meta({ id: "VerdictWithoutLabel" }),
        version: Version,
      })
      .meta({ id: "RowVerdict" }),
    z
      .strictObject({
        ordinal: Ordinal,
        verdict: z.literal("relabel"),
        label: text().meta({ description: "The name of a class of the dataset" }),
        version: Version,
      })
      .meta({ id: "RowRelabel" }),
  ])
  .meta({ id: "RowReview" });
export type RowReview = z.infer<typeof RowReview>;

/** The part of a filter that is the same in a body and in a query. */
export const FLAG_TEXTS = {
  given: text().max(10_000).optional().meta({ description: "A class name" }),
  suggested: text().max(10_000).optional().meta({ description: "A class name" }),
  search: text().min(1).max(200).optional().meta({
    description: "In the text, whatever the case of its letters",
  }),
};

/** Which flags of a pruning are meant; all that is given must hold. */
export const FlagFilter = z
  .strictObject({
    ...FLAG_TEXTS,
    state: ReviewState.default("pending"),
    fold: z.int().min(0).max(255).optional(),
    minRank: z.int().min(1).max(0x7fff_ffff).optional(),
    maxRank: z.int().min(1).max(0x7fff_ffff).optional(),
    minErrorProbability: z.number().min(0).max(1).optional(),
    maxErrorProbability: z.number().min(0).max(1).optional(),
    first: z.int().min(1).max(0x7fff_ffff).optional().meta({
      description: "Only so many of them, the first in the given `order`",
    }),
  })
  .meta({ id: "FlagFilter" });
export type FlagFilter = z.infer<typeof FlagFilter>;

/** Reviews of named rows, or one review of all flags that a filter meets. */
export const ReviewParams = z
  .discriminatedUnion("type", [
    z
      .strictObject({
        type: z.literal("rows"),
        reviews: listOf(RowReview, { min: 1, max: 1000 }),
        pruningId: PruningId.optional().meta({
          description: "The pruning by whose flags the rows were met",
        }),
        order: MetOrder.optional().meta({ description: "The order in which they were met" }),
      })
      .meta({ id: "RowReviews" }),
    z
      .strictObject({
        type: z.literal("filter"),
        pruningId: PruningId.meta({ description: "Whose flags are reviewed" }),
        filter: FlagFilter,
        verdict: Verdict,
        label: text().max(10_000).optional().meta({
          description: "To which class to relabel; by default each row to its suggested one",
        }),
        order: ReviewOrder.default("worst"),
      })
      .meta({ id: "FilterReview" }),
  ])
  .meta({ id: "ReviewParams" });
export type ReviewParams = z.infer<typeof ReviewParams>;

export const UndoParams = z
  .strictObject({
    actionId: ReviewActionId.optional().meta({
      description: "Which action of one's own; by default the last one that was not undone",
    }),
  })
  .meta({ id: "UndoParams" });
export type UndoParams = z.infer<typeof UndoParams>;
