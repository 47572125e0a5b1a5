import type { Estimate } from "../count/estimate.js";
import type { RowFacts } from "../count/scan.js";
import type { ResolvedOptions } from "../options.js";
import { checkedRows } from "../probability-checks.js";
import type { RowScore } from "../rank/label-quality.js";
import { type Pass, readBlocks } from "../read-blocks.js";
import type { Probabilities, ProbabilityBlock, ProbabilitySource } from "../source.js";
import { cellAtCuts, keptCells, offerRow } from "./by-noise-rate.js";
import { CellHeaps, type TieRule } from "./cell-heaps.js";
import type { PruneCells } from "./cells.js";
import type { Plan } from "./plan.js";
import { type PosteriorFacts, posteriorOfRow, transitionOf } from "./posterior.js";
import { agrees } from "./rows.js";

/** What the last pass gathers. */
export interface LastPass {
  readonly heaps: CellHeaps | undefined;
  /** The cell that flags each row by its margin, -1 for none; undefined without margins. */
  readonly cell: Int32Array | undefined;
  readonly posterior: PosteriorFacts;
  readonly rowScores: Float64Array | undefined;
}

/** Pass 3: margins into their heaps, the posterior and the order's score of rows that may be flagged. */
export async function lastPass(
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
  const classFloor = new Float64Array(k).fill(Number.NEGATIVE_INFINITY);
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
        const taken =
          bestMargin(facts, row, float32) >= classFloor[given]! &&
          offerRow(probs, at, row, given, cells, heaps, classFloor, float32);
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

/** The row's largest margin to another class; rounding keeps it the largest. */
function bestMargin(facts: RowFacts, row: number, float32: boolean): number {
  const other = facts.otherProbability[row]!;
  const self = facts.selfConfidence[row]!;
  return float32 ? Math.fround(Math.fround(other) - Math.fround(self)) : other - self;
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
