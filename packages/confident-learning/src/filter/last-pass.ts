import type { Estimate } from "../count/estimate.js";
import type { ResolvedOptions } from "../input/options.js";
import { checkedRows } from "../input/probability-checks.js";
import { type Pass, readBlocks } from "../input/read-blocks.js";
import type { Probabilities, ProbabilityBlock, ProbabilitySource } from "../input/source.js";
import type { RowScore } from "../rank/label-quality.js";
import {
  bestMargin,
  cellAtCuts,
  classFloors,
  keptCells,
  offerKnownMargins,
  offerRow,
} from "./by-noise-rate.js";
import { CellHeaps, type TieRule } from "./cell-heaps.js";
import { cellOf, type PruneCells } from "./cells.js";
import type { Plan } from "./plan.js";
import { type PosteriorFacts, posteriorOfRow, transitionOf } from "./posterior.js";
import { agrees } from "./rows.js";

/** The result of the last pass. */
export interface LastPass {
  readonly heaps: CellHeaps | undefined;
  /** The cell that flags each row by its margin, -1 for none; undefined without margins. */
  readonly cell: Int32Array | undefined;
  readonly posterior: PosteriorFacts;
  readonly rowScores: Float64Array | undefined;
  readonly errorOdds: Float64Array | undefined;
}

/** Scores that need a whole row: the order's, of rows that may be flagged; the odds, of every row. */
export interface LastPassScores {
  readonly order: RowScore | undefined;
  readonly odds: { readonly scoreOf: RowScore } | undefined;
}

/**
 * Pass 3: puts margins into their heaps; computes the posterior and the order's score of rows that
 * may be flagged.
 */
export async function lastPass(
  source: ProbabilitySource,
  estimate: Estimate,
  options: ResolvedOptions,
  plan: Plan,
  pass: Pass,
  { order: score, odds }: LastPassScores,
): Promise<LastPass> {
  const { n, k, facts } = estimate;
  const { cells, float32 } = plan;
  const rule: TieRule = estimate.semantics === "cleanlab-1.0.1" ? "all" : "earlier";
  const heaps = cells && new CellHeaps(cells.count, rule, Math.max(1 << 20, n));
  if (cells && heaps) offerKnownMargins(facts, estimate.classCounts, cells, heaps, float32);
  const transition = transitionOf(estimate.calibratedV2, k);
  const posterior: PosteriorFacts = {
    errorProbability: new Float64Array(n),
    suggested: new Int32Array(n),
    suggestedProbability: new Float64Array(n),
  };
  const rowScores = score && new Float64Array(n);
  const errorOdds = odds && new Float64Array(n);
  const classFloor = cells && heaps && classFloors(cells, heaps);
  const judgesAll = options.method === "posterior" || options.method === "error_odds";
  const chosen = plan.byClass?.flagged ?? plan.chosen;
  await readBlocks(source, pass, (block) => {
    const { start, rows } = block;
    const probs = probabilitiesOf(block, estimate);
    for (let i = 0; i < rows; i++) {
      const row = start + i;
      const at = i * k;
      const given = facts.labels[row]!;
      let wanted = chosen === undefined || chosen[row] === 1;
      if (cells && heaps && classFloor) {
        const known = cellOf(cells, facts.otherClass[row]!, given);
        const best = bestMargin(facts, row, float32);
        let taken = known >= 0 && best >= heaps.floor[known]!;
        if (best >= classFloor[given]!) {
          const other = offerRow(probs, at, row, given, known, cells, heaps, classFloor, float32);
          taken ||= other;
        }
        wanted &&= taken;
      }
      const maybe = judgesAll || (wanted && !(plan.agreementFilter && agrees(estimate, row)));
      if (maybe || options.everyRow) posteriorOfRow(probs, at, row, given, transition, posterior);
      if (odds && errorOdds) errorOdds[row] = odds.scoreOf(probs, at, given);
      if (!maybe) continue;
      if (score !== undefined && rowScores !== undefined) rowScores[row] = score(probs, at, given);
    }
  });
  const cell = cells && heaps && (await cellOfRows(source, estimate, plan, cells, heaps, pass));
  return { heaps, cell, posterior, rowScores, errorOdds };
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

function probabilitiesOf(block: ProbabilityBlock, estimate: Estimate): Probabilities {
  return estimate.clipped
    ? checkedRows(block.probs, 0, block.rows, estimate.k, block.start)
    : block.probs;
}
