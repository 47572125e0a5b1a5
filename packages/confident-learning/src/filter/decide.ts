import type { Estimate } from "../count/estimate.js";
import { calibrateJoint } from "../count/joint.js";
import { pruneCounts } from "../count/prune-counts.js";
import { argmaxOf } from "../count/scan.js";
import type { ResolvedOptions } from "../options.js";
import { checkedRows } from "../probability-checks.js";
import type { RowScore } from "../rank/label-quality.js";
import { normalizedMargin } from "../rank/scores.js";
import { type Pass, readBlocks } from "../read-blocks.js";
import type { ProbabilityBlock, ProbabilitySource } from "../source.js";
import { type ClassPruning, pruneByClass } from "./by-class.js";
import { cellAtCuts, keptCells, offerRow } from "./by-noise-rate.js";
import { CellHeaps, type TieRule } from "./cell-heaps.js";
import { type PruneCells, pruneCells } from "./cells.js";
import { type PosteriorFacts, posteriorOfRow, transitionOf } from "./posterior.js";

/** Why a row is flagged: the true class that its method saw, and the cut that it fell below. */
export interface Reason {
  readonly trueClass: number;
  /** A margin, a probability, a score or a threshold, by method; null where nothing is cut. */
  readonly cut: number | null;
}

/** Which rows are flagged and why. */
export interface Decision {
  readonly flagged: Uint8Array;
  readonly prunedBeforeAgreement: number;
  /** Classes that had rows but too few to prune; empty for methods that prune no classes. */
  readonly skippedClasses: readonly number[];
  readonly reasonOf: (row: number) => Reason;
  /** Filled for the flagged rows. */
  readonly posterior: PosteriorFacts;
  /** The order's score of the flagged rows, where it needs the whole row; else undefined. */
  readonly rowScores: Float64Array | undefined;
}

/** Sections 4, 5 and 10: chooses rows by the asked method, reading the source once more. */
export async function decide(
  source: ProbabilitySource,
  estimate: Estimate,
  options: ResolvedOptions,
  pass: Pass,
  score: RowScore | undefined,
): Promise<Decision> {
  const plan = planOf(estimate, options);
  const last = await lastPass(source, estimate, options, plan, pass, score);
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
  };
}

/** What is known before the last pass. */
interface Plan {
  readonly byClass: ClassPruning | undefined;
  readonly cells: PruneCells | undefined;
  /** Rows chosen without margins. */
  readonly chosen: Uint8Array | undefined;
  readonly agreementFilter: boolean;
  readonly skippedClasses: readonly number[];
  readonly float32: boolean;
  /** The score at which a `low_` method cuts. */
  readonly scoreCut: number | null;
}

function planOf(estimate: Estimate, options: ResolvedOptions): Plan {
  const { n, k, classCounts, dtype } = estimate;
  const { method, keepAtLeastPerClass } = options;
  const float32 = dtype === "float32" || options.precision === "float32";
  const first = estimate.semantics === "cleanlab-1.0.1";
  const least = first ? keepAtLeastPerClass : Math.max(1, keepAtLeastPerClass);
  const prunable = (given: number) => classCounts[given]! > least;
  const noiseRate =
    method === "prune_by_noise_rate" ||
    method === "both" ||
    method === "confusion" ||
    method === "calibrated_confusion" ||
    (method === "posterior" &&
      options.posteriorCut === undefined &&
      options.posteriorCount === "prune_by_noise_rate");
  const classes = method === "prune_by_class" || method === "both";
  const counts =
    noiseRate || classes
      ? pruneCounts(jointFor(estimate, options), classCounts, {
          keepAtLeast: keepAtLeastPerClass,
          fracNoise: options.fracNoise,
          numToRemovePerClass: options.numToRemovePerClass,
        })
      : new Float64Array(k * k);
  let chosen: Uint8Array | undefined;
  let scoreCut: number | null = null;
  if (method === "confident_learning") {
    chosen = rowsWhere(n, (i) => isOffDiagonal(estimate, i));
  } else if (method === "argmax" || method === "predicted_neq_given") {
    chosen = rowsWhere(n, (i) => argmaxOf(estimate.facts, i) !== estimate.facts.labels[i]);
  } else if (method === "low_self_confidence" || method === "low_normalized_margin") {
    const scores =
      method === "low_self_confidence"
        ? Float64Array.from(estimate.facts.selfConfidence)
        : marginScores(estimate);
    const lowest = lowestRows(scores, labelIssueCount(estimate));
    chosen = lowest.flagged;
    scoreCut = lowest.cut;
  }
  const skipped = noiseRate || classes ? [...classCounts.keys()].filter((c) => !prunable(c)) : [];
  return {
    byClass: classes ? pruneByClass(estimate, counts, prunable, float32) : undefined,
    cells: noiseRate ? pruneCells(counts, classCounts, prunable) : undefined,
    chosen,
    agreementFilter: method !== "posterior" && !method.startsWith("low_"),
    skippedClasses: skipped.filter((c) => classCounts[c]! > 0),
    float32,
    scoreCut,
  };
}

function jointFor(estimate: Estimate, options: ResolvedOptions): Float64Array {
  if (options.method === "confusion") return confusionMatrix(estimate);
  if (options.method === "calibrated_confusion") {
    return calibrateJoint(confusionMatrix(estimate), estimate.classCounts, estimate.n);
  }
  return options.calibrated ? estimate.calibrated : estimate.raw;
}

/** Counts of (given, argmax), (k, k). */
export function confusionMatrix(estimate: Estimate): Float64Array {
  const { n, k, facts } = estimate;
  const counts = new Float64Array(k * k);
  for (let i = 0; i < n; i++) counts[facts.labels[i]! * k + argmaxOf(facts, i)]! += 1;
  return counts;
}

/** Whether the confident joint counts the row for another class than the given one. */
export function isOffDiagonal(estimate: Estimate, row: number): boolean {
  const guess = estimate.facts.guess[row]!;
  return guess >= 0 && guess !== estimate.facts.labels[row];
}

/** Cleanlab 2's number of label issues: off-diagonal rows whose prediction disagrees. */
export function labelIssueCount(estimate: Estimate): number {
  let rows = 0;
  for (let i = 0; i < estimate.n; i++) {
    if (isOffDiagonal(estimate, i) && !agrees(estimate, i)) rows += 1;
  }
  return rows;
}

/** What the last pass gathers. */
interface LastPass {
  readonly heaps: CellHeaps | undefined;
  /** The cell that flags each row by its margin, -1 for none; undefined without margins. */
  readonly cell: Int32Array | undefined;
  readonly posterior: PosteriorFacts;
  readonly rowScores: Float64Array | undefined;
}

async function lastPass(
  source: ProbabilitySource,
  estimate: Estimate,
  options: ResolvedOptions,
  plan: Plan,
  pass: Pass,
  score: RowScore | undefined,
): Promise<LastPass> {
  const { n, k, facts } = estimate;
  const { cells, float32 } = plan;
  const rule: TieRule = estimate.semantics === "cleanlab-1.0.1" ? "all" : "earlier";
  const heaps = cells && new CellHeaps(cells.count, rule, Math.max(1 << 20, n));
  const transition = transitionOf(estimate.calibratedV2, k);
  const posterior: PosteriorFacts = {
    errorProbability: new Float64Array(n),
    suggested: new Int32Array(n),
    suggestedProbability: new Float64Array(n),
  };
  const rowScores = score && new Float64Array(n);
  const everyRow = options.method === "posterior";
  await readBlocks(source, pass, (block) => {
    const { start, rows } = block;
    const probs = probabilitiesOf(block, estimate);
    for (let i = 0; i < rows; i++) {
      const row = start + i;
      const at = i * k;
      const given = facts.labels[row]!;
      let wanted = everyRow;
      if (cells !== undefined && heaps !== undefined) {
        const taken = offerRow(probs, at, row, given, cells, heaps, float32);
        wanted ||= taken && (plan.byClass === undefined || plan.byClass.flagged[row] === 1);
      } else if (plan.byClass !== undefined) wanted ||= plan.byClass.flagged[row] === 1;
      else if (plan.chosen !== undefined) wanted ||= plan.chosen[row] === 1;
      if (!wanted || (plan.agreementFilter && agrees(estimate, row))) continue;
      posteriorOfRow(probs, at, row, given, transition, posterior);
      if (score !== undefined && rowScores !== undefined) rowScores[row] = score(probs, at, given);
    }
  });
  const cell = cells && heaps && (await cellOfRows(source, estimate, plan, cells, heaps, pass));
  return { heaps, cell, posterior, rowScores };
}

async function cellOfRows(
  source: ProbabilitySource,
  estimate: Estimate,
  plan: Plan,
  cells: PruneCells,
  heaps: CellHeaps,
  pass: Pass,
): Promise<Int32Array> {
  const { n, k, facts } = estimate;
  if (!heaps.tiesLost) return keptCells(n, cells, heaps).cell;
  const cell = new Int32Array(n);
  await readBlocks(source, { ...pass, pass: pass.pass + 1, passes: pass.passes + 1 }, (block) => {
    const probs = probabilitiesOf(block, estimate);
    for (let i = 0; i < block.rows; i++) {
      const row = block.start + i;
      cell[row] = cellAtCuts(probs, i * k, facts.labels[row]!, cells, heaps, plan.float32);
    }
  });
  return cell;
}

function probabilitiesOf(block: ProbabilityBlock, estimate: Estimate) {
  return estimate.clipped
    ? checkedRows(block.probs, 0, block.rows, estimate.k, block.start)
    : block.probs;
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
  if (options.method === "posterior") return chooseByPosterior(estimate, options, last);
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

function chooseByPosterior(
  estimate: Estimate,
  options: ResolvedOptions,
  last: LastPass,
): Pick<Decision, "flagged" | "reasonOf"> {
  const { n, facts } = estimate;
  const { errorProbability, suggested } = last.posterior;
  if (options.posteriorCut !== undefined) {
    const cut = options.posteriorCut;
    return {
      flagged: rowsWhere(n, (i) => errorProbability[i]! >= cut),
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
    errorProbability.map((p) => -p),
    count,
  );
  const cut = lowest.cut === null ? null : -lowest.cut;
  return {
    flagged: lowest.flagged,
    reasonOf: (row) => ({ trueClass: suggested[row]!, cut }),
  };
}

/** The last filter: whether the prediction agrees with the given label (in cleanlab 2, nearly). */
function agrees(estimate: Estimate, row: number): boolean {
  const { facts } = estimate;
  const label = facts.labels[row]!;
  if (estimate.semantics === "cleanlab-1.0.1") return argmaxOf(facts, row) === label;
  const self = facts.selfConfidence[row]!;
  const raised = estimate.dtype === "float32" ? Math.fround(self + Math.fround(1e-6)) : self + 1e-6;
  const other = facts.otherProbability[row]!;
  return raised > other || (raised === other && label < facts.otherClass[row]!);
}

function marginScores(estimate: Estimate): Float64Array {
  const single = estimate.dtype === "float32";
  const scores = new Float64Array(estimate.n);
  for (let i = 0; i < estimate.n; i++) {
    scores[i] = normalizedMargin(estimate.facts, i, "cleanlab-2", single);
  }
  return scores;
}

/** The `count` rows of the lowest scores, ties by row; `cut` is the highest score among them. */
function lowestRows(
  scores: Float64Array,
  count: number,
): { readonly flagged: Uint8Array; readonly cut: number | null } {
  const flagged = new Uint8Array(scores.length);
  if (count === 0) return { flagged, cut: null };
  const cut = scores.slice().sort()[count - 1]!;
  let left = count;
  for (const score of scores) if (score < cut) left -= 1;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i]! < cut) flagged[i] = 1;
    else if (scores[i] === cut && left > 0) {
      flagged[i] = 1;
      left -= 1;
    }
  }
  return { flagged, cut };
}

function rowsWhere(n: number, test: (row: number) => boolean): Uint8Array {
  const rows = new Uint8Array(n);
  for (let i = 0; i < n; i++) if (test(i)) rows[i] = 1;
  return rows;
}
