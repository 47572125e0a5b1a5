import type { Estimate } from "../count/estimate.js";
import { argmaxOf } from "../count/scan.js";
import type { ResolvedOptions } from "../input/options.js";
import type { Pass } from "../input/read-blocks.js";
import type { ProbabilitySource } from "../input/source.js";
import { type LastPass, type LastPassScores, lastPass } from "./last-pass.js";
import { type Plan, planOf } from "./plan.js";
import type { PosteriorFacts } from "./posterior.js";
import { agrees, lowestRows, rowsWhere } from "./rows.js";

/** Why a row is flagged: the true class according to the method, and the cut that it is below. */
export interface Reason {
  readonly trueClass: number;
  /** A margin, a probability, a score or a threshold, by method; null if the method has no cut. */
  readonly cut: number | null;
}

/** Which rows are flagged and why. */
export interface Decision {
  readonly flagged: Uint8Array;
  readonly prunedBeforeAgreement: number;
  /** Classes that had rows but too few to prune; empty for methods that prune no classes. */
  readonly skippedClasses: readonly number[];
  readonly reasonOf: (row: number) => Reason;
  /** Set for the flagged rows. */
  readonly posterior: PosteriorFacts;
  /** The order's score of the flagged rows, if it needs the whole row; else undefined. */
  readonly rowScores: Float64Array | undefined;
  /** The log odds of every row, if they choose or order. */
  readonly errorOdds: Float64Array | undefined;
}

/** Sections 4, 5 and 10: chooses rows by the selected method, reading the source once more. */
export async function decide(
  source: ProbabilitySource,
  estimate: Estimate,
  options: ResolvedOptions,
  pass: Pass,
  scores: LastPassScores,
): Promise<Decision> {
  const plan = planOf(estimate, options);
  const last = await lastPass(source, estimate, options, plan, pass, scores);
  const chosen = choose(estimate, options, plan, last);
  let prunedBeforeAgreement = 0;
  for (let i = 0; i < estimate.n; i++) {
    if (chosen.flagged[i] === 0) continue;
    prunedBeforeAgreement += 1;
    if (plan.agreementFilter && agrees(estimate, i)) chosen.flagged[i] = 0;
  }
  return {
    ...chosen,
    prunedBeforeAgreement,
    skippedClasses: plan.skippedClasses,
    posterior: last.posterior,
    rowScores: last.rowScores,
    errorOdds: last.errorOdds,
  };
}

function choose(
  estimate: Estimate,
  options: ResolvedOptions,
  plan: Plan,
  last: LastPass,
): Pick<Decision, "flagged" | "reasonOf"> {
  const { n, facts } = estimate;
  const { byClass, cells } = plan;
  const { cell, heaps } = last;
  if (options.method === "posterior") {
    const { errorProbability } = last.posterior;
    return chooseHighest(estimate, errorProbability, options.posteriorCut, last);
  }
  if (options.method === "error_odds") {
    return chooseHighest(estimate, last.errorOdds!, options.errorOddsCut, last);
  }
  if (cell !== undefined && cells !== undefined && heaps !== undefined) {
    return {
      flagged: rowsWhere(
        n,
        (i) => cell[i]! >= 0 && (byClass === undefined || byClass.flagged[i] === 1),
      ),
      reasonOf: (row) => ({
        trueClass: cells.trueClass[cell[row]!]!,
        cut: heaps.floor[cell[row]!]!,
      }),
    };
  }
  if (byClass !== undefined) {
    return {
      flagged: byClass.flagged,
      reasonOf: (row) => ({
        trueClass: argmaxOf(facts, row),
        cut: byClass.cut[facts.labels[row]!]!,
      }),
    };
  }
  const flagged = plan.chosen ?? new Uint8Array(n);
  if (options.method === "confident_learning") {
    return {
      flagged,
      reasonOf: (row) => ({
        trueClass: facts.guess[row]!,
        cut: estimate.thresholds[facts.guess[row]!]!,
      }),
    };
  }
  return {
    flagged,
    reasonOf: (row) => ({ trueClass: argmaxOf(facts, row), cut: plan.scoreCut }),
  };
}

/** The rows of the highest scores: from a cut on, or as many as margins or the argmax would flag. */
function chooseHighest(
  estimate: Estimate,
  scores: Float64Array,
  cut: number | undefined,
  last: LastPass,
): Pick<Decision, "flagged" | "reasonOf"> {
  const { n, facts } = estimate;
  const { suggested } = last.posterior;
  if (cut !== undefined) {
    return {
      flagged: rowsWhere(n, (i) => scores[i]! >= cut),
      reasonOf: (row) => ({ trueClass: suggested[row]!, cut }),
    };
  }
  let count = 0;
  for (let i = 0; i < n; i++) {
    if (last.cell === undefined) {
      if (argmaxOf(facts, i) !== facts.labels[i]) count += 1;
    } else if (last.cell[i]! >= 0 && !agrees(estimate, i)) count += 1;
  }
  const lowest = lowestRows(
    scores.map((score) => -score),
    count,
  );
  const reached = lowest.cut === null ? null : -lowest.cut;
  return {
    flagged: lowest.flagged,
    reasonOf: (row) => ({ trueClass: suggested[row]!, cut: reached }),
  };
}
