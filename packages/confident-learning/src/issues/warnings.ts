import type { Estimate } from "../count/estimate.js";
import { argmaxOf } from "../count/scan.js";
import type { Decision } from "../filter/decide.js";
import { type ResolvedOptions, usesErrorOdds } from "../input/options.js";

/** Something about the input or the result that a reader should know; `code` is stable. */
export interface Warning {
  readonly code:
    | "probabilities-clipped"
    | "row-sums"
    | "class-absent"
    | "class-too-small"
    | "perfect-accuracy"
    | "most-rows-flagged"
    | "noise-above-half"
    | "fold-one-class"
    | "few-rows"
    | "little-noise";
  readonly message: string;
}

/** Below so many rows a class, a matrix of mistakes that is fitted in steps is one of chance. */
export const FEWEST_FOR_STEPS = 3;

/** Warnings about data and estimates that make the flags doubtful. */
export function warningsOf(
  joint: Estimate,
  decision: Decision,
  flagged: number,
  noiseRate: number,
  asked: Pick<ResolvedOptions, "semantics" | "method" | "order" | "classNames">,
): Warning[] {
  const { n, k, oddSums, classCounts } = joint;
  const warnings: Warning[] = [];
  if (joint.clipped) {
    const message = "some probabilities lie just outside [0, 1]; they were clipped";
    warnings.push({ code: "probabilities-clipped", message });
  }
  if (oddSums.rows > 0) {
    warnings.push({
      code: "row-sums",
      message:
        `the probabilities of ${oddSums.rows} rows do not sum to 1 within 0.01; the first is row ` +
        `${oddSums.first} with ${oddSums.sum.toFixed(4)}`,
    });
  }
  const absent = [...classCounts.keys()].filter((c) => classCounts[c] === 0);
  if (absent.length > 0) {
    const rules =
      asked.semantics === "cleanlab-1.0.1"
        ? "; cleanlab 1.0.1 has no result for this, so the rules of cleanlab 2 are used"
        : "";
    const message = `no row has the label ${listed(absent, asked)}; nothing can be said about it${rules}`;
    warnings.push({ code: "class-absent", message });
  }
  if (decision.skippedClasses.length > 0) {
    const message = `too few rows to prune in class ${listed(decision.skippedClasses, asked)}`;
    warnings.push({ code: "class-too-small", message });
  }
  if (everyRowAgrees(joint)) {
    const message =
      "the prediction equals the given label in every row: are these out-of-sample probabilities?";
    warnings.push({ code: "perfect-accuracy", message });
  }
  if (2 * flagged > n) {
    const message = `${flagged} of ${n} rows are flagged: the model may know too little`;
    warnings.push({ code: "most-rows-flagged", message });
  }
  if (noiseRate > 0.5) {
    const message =
      `the estimated noise is ${(100 * noiseRate).toFixed(0)} %; above 50 % the joint cannot be ` +
      "trusted, and the order normalized_margin with adjust is better than posterior and error_odds";
    warnings.push({ code: "noise-above-half", message });
  }
  if (usesErrorOdds(asked) && n < FEWEST_FOR_STEPS * k) {
    const message =
      `${n} rows of ${k} classes are fewer than ${FEWEST_FOR_STEPS} rows a class: the matrix of ` +
      "error_odds is one of chance; order by posterior";
    warnings.push({ code: "few-rows", message });
  }
  return warnings;
}

function everyRowAgrees(joint: Estimate): boolean {
  for (let i = 0; i < joint.n; i++) {
    if (argmaxOf(joint.facts, i) !== joint.facts.labels[i]) return false;
  }
  return true;
}

const MOST_NAMED = 10;
const MOST_CHARACTERS = 80;

function listed(
  classes: readonly number[],
  { classNames }: Pick<ResolvedOptions, "classNames">,
): string {
  const nameOf = (c: number) => classNames?.[c]?.slice(0, MOST_CHARACTERS) ?? String(c);
  const named = classes.slice(0, MOST_NAMED).map(nameOf).join(", ");
  const rest = classes.length - MOST_NAMED;
  return rest > 0 ? `${named} and ${rest} more` : named;
}
