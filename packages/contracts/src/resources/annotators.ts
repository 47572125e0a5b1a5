import { z } from "zod";
import { ConsensusReviews } from "../parameters/review-parameters.js";
import { CrossValidationId } from "../values/ids.js";
import { Count } from "../values/primitives.js";

const Share = z.number().nullable();

/** A label that an annotator gave a row. */
export const Vote = z.object({ annotator: z.string(), label: z.string() }).meta({ id: "Vote" });
export type Vote = z.infer<typeof Vote>;

/** What a consensus says of an annotator. */
const ConsensusFigures = z.object({
  quality: Share.meta({
    description:
      "How good the labels are, from 0 to 1, by CROWDLAB; only where the labels are a consensus",
  }),
  weight: z.number().meta({ description: "In the consensus, beside that of the model" }),
  worstClass: z
    .string()
    .nullable()
    .meta({ description: "Whose labels of this annotator are least often the consensus" }),
});

export const AnnotatorFigures = z
  .object({
    name: z.string(),
    votes: Count.meta({ description: "Labels that the annotator gave" }),
    agreementWithLabel: Share.meta({
      description: "The share of them that are their rows' labels; null without any",
    }),
    agreementWithOthers: Share.meta({
      description:
        "The share of the others' labels, on the rows that others labelled too, that are the same; null where there are none",
    }),
  })
  .extend(ConsensusFigures.partial().shape)
  .meta({ id: "AnnotatorFigures" });
export type AnnotatorFigures = z.infer<typeof AnnotatorFigures>;

/** How the labels of a dataset were agreed on. */
const ConsensusProfile = z
  .object({
    crossValidationId: CrossValidationId,
    reviews: ConsensusReviews,
    modelWeight: z.number().meta({ description: "Of the cross-validation's model" }),
    meanQuality: z.number().meta({ description: "The mean of the rows' label qualities" }),
    changed: Count.meta({ description: "Rows whose label is another than before" }),
    reviewers: AnnotatorFigures.nullable().meta({
      description: "Of the reviews, which count as one annotator; null without any",
    }),
  })
  .meta({ id: "ConsensusProfile" });
export type ConsensusProfile = z.infer<typeof ConsensusProfile>;

/** How far the annotators of a dataset agree. */
export const AnnotatorProfile = z
  .object({
    votes: Count.meta({ description: "Labels of all annotators" }),
    severalVotes: Count.meta({ description: "Rows with the labels of two or more" }),
    disagreeing: Count.meta({ description: "Of these, the rows whose labels differ" }),
    alpha: z.number().nullable().meta({
      description:
        "Krippendorff's alpha: 1 if they always agree, 0 if as by chance; null where no row tells",
    }),
    annotators: z.array(AnnotatorFigures),
    consensus: ConsensusProfile.optional().meta({
      description: "Only where annotators and a model agreed on the labels",
    }),
    pairs: z
      .array(
        z
          .object({ label: z.string(), vote: z.string(), count: Count })
          .meta({ id: "DissentingPair" }),
      )
      .meta({
        description: "Labels of rows and other ones that annotators gave them, at most 100",
      }),
  })
  .meta({ id: "AnnotatorProfile" });
export type AnnotatorProfile = z.infer<typeof AnnotatorProfile>;
