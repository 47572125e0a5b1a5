import type { ReviewReport } from "@winnow/contracts";
import { hang } from "../terminal/hang.js";
import type { Paint } from "../terminal/paint.js";
import { count, percent } from "../terminal/text.js";

type Precision = ReviewReport["precision"];

/** How far the review of a pruning's flags is, in at most `width` columns; none before it began. */
export function reviewLines(reviews: ReviewReport, width: number, paint: Paint): string[] {
  const { flags, confirmed, rejected, unsure, precision, random } = reviews;
  const decided = confirmed + rejected + unsure;
  if (decided === 0) return [];
  const said = `${count(confirmed)} right, ${count(rejected)} wrong, ${count(unsure)} unsure`;
  return [
    `${count(decided)} of ${count(flags)} flags  ${said}`,
    ...shareOf(precision, "of these flags are right"),
    ...shareOf(random.precision, "of all flags, by those met in random order"),
  ].flatMap((line, i) =>
    hang(`  ${paint.dim(i === 0 ? "decided    " : "           ")}`, line, width),
  );
}

const shareOf = (share: Precision, what: string): string[] =>
  share === null
    ? []
    : [`${percent(share.estimate)}  ${percent(share.low)} to ${percent(share.high)}  ${what}`];
