import type { AnnotatorFigures, DatasetProfile } from "@winnow/contracts";
import { COLORS } from "../terminal/paint.js";
import { table } from "../terminal/table.js";
import { count, fit, percent } from "../terminal/text.js";
import { titled } from "../terminal/titled.js";

const MAX_NAME = 32;

/** How far a dataset's annotators agree, and `most` of them at most, the worst first. */
export function annotatorLines(
  profile: DatasetProfile["annotators"],
  most: number,
  width: number,
): string[] {
  if (!profile) return [];
  const { consensus, alpha } = profile;
  const facts = [
    ["  labels", `${count(profile.votes)} of ${count(profile.annotators.length)} annotators`],
    [
      "  disagreement",
      `${count(profile.disagreeing)} of ${count(profile.severalVotes)} rows with several labels`,
    ],
    ["  alpha", alpha === null ? "-" : alpha.toFixed(3)],
    ...(consensus
      ? [
          [
            "  consensus",
            `${count(consensus.changed)} rows changed, quality ${consensus.meanQuality.toFixed(3)} on average`,
          ],
        ]
      : []),
  ];
  const people = [...profile.annotators].sort((a, b) => goodness(a) - goodness(b)).slice(0, most);
  const reviewers = consensus?.reviewers ? [consensus.reviewers] : [];
  const rest = profile.annotators.length - people.length;
  const heads = ["  annotator", "labels", "with label", "with others"];
  const more = consensus ? ["quality", "worst class"] : [];
  const pairs = profile.pairs.slice(0, most);
  return [
    ...titled("Annotators", table(facts)),
    "",
    ...table(
      [[...heads, ...more].map(COLORS.dim), ...[...people, ...reviewers].map(cellsOf(!!consensus))],
      { right: new Set([1, 2, 3, 4]), width },
    ),
    ...(rest > 0 ? [`  and ${count(rest)} more`] : []),
    ...titled(
      "Labels that annotators gave instead",
      pairs.map((one) => fit(`  ${one.label} | ${one.vote}  ${count(one.count)}`, width)),
    ),
  ];
}

/** By what is known best: the consensus, else agreement; annotators without labels last. */
const goodness = ({ quality, agreementWithLabel }: AnnotatorFigures): number =>
  quality ?? agreementWithLabel ?? 2;

const cellsOf =
  (isAgreed: boolean) =>
  (one: AnnotatorFigures): string[] => [
    `  ${fit(one.name, MAX_NAME)}`,
    count(one.votes),
    shareOf(one.agreementWithLabel),
    shareOf(one.agreementWithOthers),
    ...(isAgreed ? [one.quality?.toFixed(3) ?? "-", one.worstClass ?? "-"] : []),
  ];

const shareOf = (value: number | null): string => (value === null ? "-" : percent(value));
