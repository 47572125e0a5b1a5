import type { PruningReport } from "@winnow/contracts";
import { hang } from "../terminal/hang.js";
import type { Paint } from "../terminal/paint.js";
import { count, pad, percent } from "../terminal/text.js";

/** What a pruning says about a dataset's labels; shares are from 0 to 1. */
export interface NoiseFigures {
  readonly rows: number;
  readonly flagged: number;
  readonly rate: number;
  /** 95 %, of the sampling error alone. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** null where there are no true labels, absent where nobody knows of any. */
  readonly truth?: PruningReport["truth"];
}

const NAME_WIDTH = 11;

/** Estimated and true noise and the flags, a line each, in at most `width` columns. */
export function noiseLines(figures: NoiseFigures, width: number, paint: Paint): string[] {
  const { rows, flagged, truth } = figures;
  const share = rows === 0 ? null : flagged / rows;
  return [
    ["estimated", estimateOf(figures)],
    ["", SEEN_ONLY],
    ...(truth === null ? [["true", "unknown: there are no true labels"]] : []),
    ...(truth ? [["true", percent(truth.noiseRate)]] : []),
    ["flagged", `${percent(share)}  ${count(flagged)} of ${count(rows)} rows`],
    ...(truth ? qualityOf(truth) : []),
  ].flatMap(([name = "", value = ""]) =>
    hang(`  ${paint.dim(pad(name, NAME_WIDTH))}`, value, width),
  );
}

/** Stands wherever the rate does: one trial said 5.2 % where 19.75 % were wrong. */
const SEEN_ONLY = "as the model sees it: hard errors are missing, and a poor model sees too many";

function estimateOf({ rate, interval }: NoiseFigures): string {
  if (interval === null) return percent(rate);
  const { low, high } = interval;
  return `${percent(rate)}  ${percent(low)} to ${percent(high)} (95 %, sampling error alone)`;
}

const qualityOf = (truth: NonNullable<PruningReport["truth"]>) => [
  ["precision", `${percent(truth.precision)}  of the flagged labels are wrong`],
  ["recall", `${percent(truth.recall)}  of the wrong labels are flagged`],
  ["F1", percent(truth.f1)],
  ["AUPRC", rankingOf(truth.averagePrecision)],
  ["joint", `${fixed(truth.totalVariation)}  from the true one (0 equal, 1 disjoint)`],
];

const fixed = (value: number | null): string => (value === null ? "n/a" : value.toFixed(3));

/** How well all rows, flagged or not, are ranked. */
const rankingOf = (found: { normalizedMargin: number | null; posterior: number | null } | null) =>
  `${fixed(found?.normalizedMargin ?? null)} by margin, ${fixed(found?.posterior ?? null)} by posterior`;
