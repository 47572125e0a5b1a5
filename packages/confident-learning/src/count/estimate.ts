import { ConfidentLearningError } from "../errors.js";
import type { Semantics } from "../input/options.js";
import { type Pass, readBlocks } from "../input/read-blocks.js";
import type { ProbabilityBlock, ProbabilitySource } from "../input/source.js";
import { calibrateJoint, scaledJoint } from "./joint.js";
import { ownMemory, sharedMemory } from "./memory.js";
import type { RowFacts, ScanTotals } from "./scan.js";
import { type ScanJob, Scanner } from "./scan-block.js";
import { ScanPool } from "./scan-pool.js";
import {
  classThresholds,
  confidenceCuts,
  type GivenLabels,
  readGivenLabels,
} from "./thresholds.js";

/** The joint of given and true labels, and the few numbers per row that all later steps need. */
export interface Estimate {
  readonly n: number;
  readonly k: number;
  readonly dtype: "float32" | "float64";
  readonly semantics: Semantics;
  readonly facts: RowFacts;
  readonly classCounts: Int32Array;
  readonly thresholds: Float64Array;
  /** (k, k), row = given label, column = guessed true label. */
  readonly raw: Float64Array;
  readonly calibrated: Float64Array;
  /** The raw joint under the rules of cleanlab 2, its diagonal at least 1. */
  readonly rawV2: Float64Array;
  /** The calibrated joint under the rules of cleanlab 2, which the posterior uses. */
  readonly calibratedV2: Float64Array;
  /** The same before it is rounded to whole rows: for soft targets, and for what is shown of a row. */
  readonly exactV2: Float64Array;
  /** Some probabilities lie just outside [0, 1]; they are clipped wherever they are read. */
  readonly clipped: boolean;
  readonly oddSums: { readonly rows: number; readonly first: number; readonly sum: number };
}

/** How the estimate is made. */
export interface EstimateOptions {
  readonly semantics: Semantics;
  readonly collision: "cleanlab" | "paper";
  readonly threads: number;
  /** The number, signal and progress of each pass: 1 thresholds, 2 joint. */
  readonly pass: (pass: number) => Pass;
  /** Sees the rows of both passes too, in order, and the labels between them. */
  readonly observer?: EstimateObserver | undefined;
}

export interface EstimateObserver {
  readGiven(block: ProbabilityBlock): void;
  setThresholds(given: GivenLabels): void;
  readJoint(block: ProbabilityBlock): void;
}

/** Passes 1 and 2: thresholds, the confident joint, its calibration. Memory O(n + k * k). */
export async function estimate(
  source: ProbabilitySource,
  options: EstimateOptions,
): Promise<Estimate> {
  const { n, k, dtype } = source;
  checkShape(n, k);
  const memory = options.threads > 1 ? sharedMemory : ownMemory;
  const { observer } = options;
  const given = await readGivenLabels(source, options.pass(1), memory, (block) =>
    observer?.readGiven(block),
  );
  checkClasses(given.classCounts, n);
  observer?.setThresholds(given);
  const facts: RowFacts = {
    labels: given.labels,
    selfConfidence: given.selfConfidence,
    otherProbability: memory.floats(n, dtype),
    otherClass: memory.integers(n),
    guess: memory.integers(n),
  };
  const absent = given.classCounts.includes(0);
  // 1.0.1 fails on an absent class; the result is then that of cleanlab 2
  const semantics = absent ? "cleanlab-2" : options.semantics;
  const thresholds = classThresholds(given, semantics);
  const { selfConfidence: _, ...scanned } = facts;
  const paper = options.collision === "paper";
  const cuts = confidenceCuts(thresholds, dtype);
  const cutsV2 = confidenceCuts(classThresholds(given, "cleanlab-2"), dtype);
  const jobs: ScanJob[] = [{ cuts, paper, facts: scanned }];
  if (cutsV2.some((cut, c) => cut !== cuts[c])) {
    // a threshold is below cleanlab 2's floor: the posterior's joint needs guesses of its own
    jobs.push({ cuts: cutsV2, paper, facts: { ...scanned, guess: memory.integers(n) } });
  }
  const all = await scanAll(source, jobs, options);
  const totals = all[0]!;
  const totalsV2 = all[1] ?? totals;
  const raw = Float64Array.from(totals.counts);
  const rawV2 = Float64Array.from(totalsV2.counts);
  for (let c = 0; c < k; c++) rawV2[c * k + c] = Math.max(1, rawV2[c * k + c]!);
  const calibratedV2 = calibrateJoint(rawV2, given.classCounts, n);
  const exactV2 = scaledJoint(rawV2, given.classCounts, n);
  // usually every class has a confident row, and both rules give the same joint
  const same = raw.every((count, cell) => count === rawV2[cell]);
  const first = semantics === "cleanlab-1.0.1" && !same;
  return {
    n,
    k,
    dtype,
    semantics,
    facts,
    classCounts: given.classCounts,
    thresholds,
    raw: first ? raw : rawV2,
    calibrated: first ? calibrateJoint(raw, given.classCounts, n) : calibratedV2,
    rawV2,
    calibratedV2,
    exactV2,
    clipped: totals.clipped,
    oddSums: { rows: totals.oddSums, first: totals.firstOddSum, sum: totals.firstOddSumValue },
  };
}

/** Runs pass 2, on this thread or on others; returns the totals of each job. */
async function scanAll(
  source: ProbabilitySource,
  jobs: readonly ScanJob[],
  options: EstimateOptions,
): Promise<readonly ScanTotals[]> {
  if (options.threads === 1) {
    const scanner = new Scanner(jobs);
    await readBlocks(source, options.pass(2), (block) => {
      scanner.scan(block);
      options.observer?.readJoint(block);
    });
    return scanner.totals;
  }
  const pool = new ScanPool(jobs, options.threads);
  try {
    await readBlocks(source, options.pass(2), (block) => {
      options.observer?.readJoint(block);
      return pool.scan(block);
    });
    return await pool.finish();
  } finally {
    await pool.close();
  }
}

const MAX_CLASSES = 16_384;
const MAX_ROWS = 2 ** 31 - 1;

/** Throws if n rows of k classes cannot be processed. */
export function checkShape(n: number, k: number): void {
  if (n === 0) throw new ConfidentLearningError("empty-input", "there are no rows");
  if (!Number.isSafeInteger(n) || n < 0 || n > MAX_ROWS) {
    throw new ConfidentLearningError("too-large", `${n} rows; at most ${MAX_ROWS} can be counted`);
  }
  if (!Number.isSafeInteger(k) || k < 2) {
    throw new ConfidentLearningError("one-class-only", `${k} classes; at least two are required`);
  }
  if (k > MAX_CLASSES) {
    throw new ConfidentLearningError(
      "too-large",
      `${k} classes; at most ${MAX_CLASSES} are supported`,
    );
  }
}

function checkClasses(classCounts: Int32Array, n: number): void {
  const only = classCounts.indexOf(n);
  if (only < 0) return;
  const message = `all ${n} rows have the label ${only}; at least two classes must be present`;
  throw new ConfidentLearningError("one-class-only", message, { class: only });
}
