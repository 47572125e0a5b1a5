import type { PruningReport, SampledNoise } from "@winnow/contracts";
import { hang } from "../terminal/hang.js";
import type { Paint } from "../terminal/paint.js";
import { count, pad, percent } from "../terminal/text.js";

/** What a pruning says about a dataset's labels; shares are from 0 to 1. */
export interface NoiseFigures {
  readonly rows: number;
  readonly flagged: number;
  /** What the joint alone says; shown where the estimate is null, as in older reports. */
  readonly rate: number;
  readonly noise: PruningReport["noise"];
  /** What people found in a random sample, where one was reviewed. */
  readonly sampled?: SampledNoise | null;
  /** null where there are no true labels, absent where nobody knows of any. */
  readonly truth?: PruningReport["truth"];
}

export const NAME_WIDTH = 11;

/** Estimated and true noise and the flags, a line each, in at most `width` columns. */
export function noiseLines(figures: NoiseFigures, width: number, paint: Paint): string[] {
  const { rows, flagged, truth } = figures;
  const share = rows === 0 ? null : flagged / rows;
  return [
    ...sampledOf(figures.sampled ?? null),
    ...estimateOf(figures),
    ...(truth === null ? [["true", "unknown: there are no true labels"]] : []),
    ...(truth ? [["true", percent(truth.noiseRate)]] : []),
    ["flagged", `${percent(share)}  ${count(flagged)} of ${count(rows)} rows`],
    ...(truth ? qualityOf(truth) : []),
  ].flatMap(([name = "", value = ""]) =>
    hang(`  ${paint.dim(pad(name, NAME_WIDTH))}`, value, width),
  );
}

/** What people saw comes before what a model says. */
function sampledOf(sampled: SampledNoise | null): [string, string][] {
  if (sampled === null) return [];
  const { noiseRate, precision, recall, counted, sampleId } = sampled;
  const between = ({ estimate, low, high }: SampledNoise["noiseRate"]) =>
    `${percent(estimate)}  ${percent(low)} to ${percent(high)}`;
  return [
    ["sampled", `${between(noiseRate)}  by ${count(counted)} reviewed rows of a random sample`],
    ...(precision ? [["", `${between(precision)}  of the flagged labels are wrong`] as const] : []),
    ...(recall ? [["", `${between(recall)}  of the wrong labels are flagged`] as const] : []),
    ["", `\`winnow review-sample show ${sampleId}\` has the rest`],
  ].map(([name = "", value = ""]) => [name, value]);
}

/** Never the rate alone: where annotators repeat their errors, it said 5.2 % and 19.75 % were wrong. */
function estimateOf({ rate, noise }: NoiseFigures): [string, string][] {
  if (noise === null) return [["estimated", `${percent(rate)}  ${SEEN_ONLY}`]];
  const { low, high } = noise;
  return [
    ["estimated", `${percent(noise.rate)}  if wrong labels fall on rows at random`],
    ["", `${percent(low)} to ${percent(high)}  if they repeat themselves, or the model is poor`],
  ];
}

const SEEN_ONLY = "as the model sees it: hard errors are missing, and a poor model sees too many";

const qualityOf = (truth: NonNullable<PruningReport["truth"]>) => [
  ["precision", `${percent(truth.precision)}  of the flagged labels are wrong`],
  ["recall", `${percent(truth.recall)}  of the wrong labels are flagged`],
  ["F1", percent(truth.f1)],
  ["AUPRC", rankingOf(truth.averagePrecision)],
  ["joint", `${fixed(truth.totalVariation)}  from the true one (0 equal, 1 disjoint)`],
];

const fixed = (value: number | null): string => (value === null ? "n/a" : value.toFixed(3));

/** How well all rows, flagged or not, are ranked. */
function rankingOf(found: NonNullable<PruningReport["truth"]>["averagePrecision"]): string {
  const odds = found?.errorOdds ?? null;
  return [
    ...(odds === null ? [] : [`${fixed(odds)} by error odds`]),
    `${fixed(found?.normalizedMargin ?? null)} by margin`,
    `${fixed(found?.posterior ?? null)} by posterior`,
  ].join(", ");
}
