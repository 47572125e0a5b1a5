import type { LabelIssues } from "@winnow/confident-learning";
import { hang } from "../terminal/hang.js";
import type { Paint } from "../terminal/paint.js";
import { count } from "../terminal/text.js";
import { noiseLines } from "./noise-lines.js";
import { worstHeading, worstLines } from "./worst-lines.js";

interface IssueOptions {
  readonly top: number;
  /** Class names by index; without them, indexes are shown. */
  readonly names: readonly string[] | undefined;
  /** Whether the worst come first, or rows in their order. */
  readonly isRanked: boolean;
}

const HINT = "Rows count from 0; --json prints every flagged one.";

/** What confident learning found in arrays, as lines of at most `width` columns. */
export function issueLines(
  issues: LabelIssues,
  { top, names, isRanked }: IssueOptions,
  width: number,
  paint: Paint,
): string[] {
  const { n, k, indices, noiseRate: rate, noise } = issues;
  const shown = Math.min(top, indices.length);
  const nameOf = (index: number) => names?.[index] ?? String(index);
  const worst = Array.from({ length: shown }, (_, place) => {
    const { index, rank, given, suggested, normalizedMargin } = issues.flagAt(place);
    return {
      rank,
      place: index,
      given: nameOf(given),
      suggested: nameOf(suggested),
      margin: normalizedMargin,
    };
  });
  return [
    `${count(n)} rows, ${count(k)} classes`,
    "",
    paint.bold("Label noise"),
    ...noiseLines({ rows: n, flagged: indices.length, rate, noise }, width, paint),
    "",
    paint.bold(isRanked ? worstHeading(shown) : `The first ${count(shown)}, by row`),
    ...worstLines(worst, "row", width, paint),
    ...(worst.length === 0 ? [] : ["", ...hang("", paint.dim(HINT), width)]),
  ];
}
