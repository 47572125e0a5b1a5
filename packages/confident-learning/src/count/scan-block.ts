import { checkedRows } from "../input/probability-checks.js";
import type { Probabilities } from "../input/source.js";
import { type ScanFacts, type ScanRules, type ScanTotals, scanRows, scanRules } from "./scan.js";

/** The part of a block that pass 2 needs: its labels are known from pass 1. */
export interface ScannedBlock {
  readonly start: number;
  readonly rows: number;
  readonly probs: Probabilities;
}

/** The rules for scanning rows, and the arrays for the results. Can be sent to a thread. */
export interface ScanJob {
  readonly cuts: Float64Array;
  readonly paper: boolean;
  readonly facts: ScanFacts;
}

/** Runs some jobs on one block after another and counts. */
export class Scanner {
  readonly totals: readonly ScanTotals[];
  readonly #jobs: readonly { readonly rules: ScanRules; readonly facts: ScanFacts }[];

  constructor(jobs: readonly ScanJob[]) {
    this.#jobs = jobs.map(({ cuts, paper, facts }) => ({ rules: scanRules(cuts, paper), facts }));
    this.totals = jobs.map(({ cuts }) => newTotals(cuts.length));
  }

  scan(block: ScannedBlock): void {
    this.#jobs.forEach(({ rules, facts }, job) => {
      scanBlock(block, rules, facts, this.totals[job]!);
    });
  }
}

/** Scans one block into `facts` and `totals`, checking and clipping the rows that need it. */
function scanBlock(
  block: ScannedBlock,
  rules: ScanRules,
  facts: ScanFacts,
  totals: ScanTotals,
): void {
  const { start, rows, probs } = block;
  const { k } = rules;
  let done = scanRows(probs, 0, rows, start, rules, facts, totals);
  while (done < rows) {
    const checked = checkedRows(probs, done, 1, k, start + done);
    if (checked.some((p, j) => p !== probs[done * k + j])) totals.clipped = true;
    scanRows(checked, 0, 1, start + done, rules, facts, totals);
    done = scanRows(probs, done + 1, rows, start, rules, facts, totals);
  }
}

function newTotals(k: number): ScanTotals {
  return {
    counts: new Int32Array(k * k),
    oddSums: 0,
    firstOddSum: -1,
    firstOddSumValue: 1,
    clipped: false,
  };
}

/** Adds the totals of another scanner over other rows. */
export function addTotals(totals: ScanTotals, more: ScanTotals): void {
  for (let i = 0; i < totals.counts.length; i++) totals.counts[i]! += more.counts[i]!;
  if (more.oddSums > 0 && (totals.oddSums === 0 || more.firstOddSum < totals.firstOddSum)) {
    totals.firstOddSum = more.firstOddSum;
    totals.firstOddSumValue = more.firstOddSumValue;
  }
  totals.oddSums += more.oddSums;
  totals.clipped ||= more.clipped;
}
