import type { LabelIssues } from "../issues/label-issues.js";

/** The rows with scores from `score` up to that of the step before, and how many of them are wrong. */
export interface PrecisionStep {
  readonly score: number;
  readonly rows: number;
  readonly wrong: number;
}

/** The scores that rise with the doubt about a label, by the order that sorts by them. */
export type CurveScore = "error_odds" | "posterior";

const STEPS = 256;

/**
 * How many rows of the highest scores have a wrong label, in at most 256 steps of about equally many
 * rows, the highest first; rows of equal score are one step. The precision down to a score is the sum
 * of `wrong` over that of `rows`. Rows with a true label (n; -1: unknown) alone count. Undefined
 * where the issues, found with `everyRow`, have no such score.
 */
export function precisionCurve(
  { n, everyRow }: LabelIssues,
  trueLabels: ArrayLike<number>,
  order: CurveScore,
): PrecisionStep[] | undefined {
  const scores = order === "error_odds" ? everyRow?.errorOdds : everyRow?.errorProbability;
  if (!everyRow || !scores) return undefined;
  const { labels } = everyRow;
  const known = Int32Array.from({ length: n }, (_, i) => i).filter((i) => trueLabels[i]! >= 0);
  known.sort((a, b) => scores[b]! - scores[a]!);
  const perStep = Math.ceil(known.length / STEPS);
  const steps: { score: number; rows: number; wrong: number }[] = [];
  for (const row of known) {
    const score = scores[row]!;
    const last = steps.at(-1);
    const wrong = Number(trueLabels[row] !== labels[row]);
    if (last && (last.score === score || last.rows < perStep)) {
      last.score = score;
      last.rows += 1;
      last.wrong += wrong;
    } else steps.push({ score, rows: 1, wrong });
  }
  return steps;
}
