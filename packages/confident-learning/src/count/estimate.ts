import { ConfidentLearningError } from "../errors.js";
import type { Semantics } from "../options.js";
import { checkedRows } from "../probability-checks.js";
import { type Pass, readBlocks } from "../read-blocks.js";
import type { ProbabilityBlock, ProbabilitySource } from "../source.js";
import { calibrateJoint } from "./joint.js";
import { type RowFacts, type ScanRules, type ScanTotals, scanRows, scanRules } from "./scan.js";
import { classThresholds, confidenceCuts, readGivenLabels } from "./thresholds.js";

/** The joint of given and true labels, and the few numbers per row that everything else needs. */
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
  /** The calibrated joint under the rules of cleanlab 2, which the posterior uses. */
  readonly calibratedV2: Float64Array;
  /** Probabilities just outside [0, 1] were met and are clipped wherever they are read. */
  readonly clipped: boolean;
  readonly oddSums: { readonly rows: number; readonly first: number; readonly sum: number };
}

/** How the estimate is made. */
export interface EstimateOptions {
  readonly semantics: Semantics;
  readonly collision: "cleanlab" | "paper";
  /** The pass's number, signal and progress, by its place: 1 thresholds, 2 joint. */
  readonly pass: (pass: number) => Pass;
}

/** Passes 1 and 2: thresholds, the confident joint, its calibration. Memory O(n + k * k). */
export async function estimate(
  source: ProbabilitySource,
  options: EstimateOptions,
): Promise<Estimate> {
  const { n, k, dtype } = source;
  checkShape(n, k);
  const given = await readGivenLabels(source, options.pass(1));
  checkClasses(given.classCounts, n);
  const floats = () => (dtype === "float32" ? new Float32Array(n) : new Float64Array(n));
  const facts: RowFacts = {
    labels: given.labels,
    selfConfidence: given.selfConfidence,
    otherProbability: floats(),
    otherClass: new Int32Array(n),
    guess: new Int32Array(n),
  };
  const absent = given.classCounts.includes(0);
  // 1.0.1 fails on an absent class; there the answer is that of cleanlab 2
  const semantics = absent ? "cleanlab-2" : options.semantics;
  const thresholds = classThresholds(given, semantics);
  const totals = newTotals(k);
  const paper = options.collision === "paper";
  const thresholdsV2 =
    semantics === "cleanlab-2" ? thresholds : classThresholds(given, "cleanlab-2");
  const sameV2 = thresholdsV2.every((t, c) => t === thresholds[c]);
  const totalsV2 = sameV2 ? totals : newTotals(k);
  const rules = scanRules(confidenceCuts(thresholds, dtype), paper);
  const rulesV2 = scanRules(confidenceCuts(thresholdsV2, dtype), paper);
  const factsV2 = sameV2 ? facts : { ...facts, guess: new Int32Array(n) };
  let clipped = false;
  await readBlocks(source, options.pass(2), (block) => {
    if (!sameV2) scanBlock(block, rulesV2, factsV2, totalsV2);
    if (scanBlock(block, rules, facts, totals)) clipped = true;
  });
  const raw = Float64Array.from(totals.counts);
  const rawV2 = Float64Array.from(totalsV2.counts);
  for (let c = 0; c < k; c++) rawV2[c * k + c] = Math.max(1, rawV2[c * k + c]!);
  const calibratedV2 = calibrateJoint(rawV2, given.classCounts, n);
  // mostly every class has a confident row, and both rules give the same joint
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
    calibratedV2,
    clipped,
    oddSums: { rows: totals.oddSums, first: totals.firstOddSum, sum: totals.firstOddSumValue },
  };
}

/** Scans one block; true when a probability had to be clipped. */
function scanBlock(
  block: ProbabilityBlock,
  rules: ScanRules,
  facts: RowFacts,
  totals: ScanTotals,
): boolean {
  const { start, rows, probs } = block;
  const { k } = rules;
  let clipped = false;
  let done = scanRows(probs, 0, rows, start, rules, facts, totals);
  while (done < rows) {
    const checked = checkedRows(probs, done, 1, k, start + done);
    if (checked.some((p, j) => p !== probs[done * k + j])) clipped = true;
    scanRows(checked, 0, 1, start + done, rules, facts, totals);
    done = scanRows(probs, done + 1, rows, start, rules, facts, totals);
  }
  return clipped;
}

function newTotals(k: number): ScanTotals {
  return { counts: new Int32Array(k * k), oddSums: 0, firstOddSum: -1, firstOddSumValue: 1 };
}

const maxClasses = 16_384;
const maxRows = 2 ** 31 - 1;

/** Throws when n rows of k classes cannot be served. */
export function checkShape(n: number, k: number): void {
  if (n === 0) throw new ConfidentLearningError("empty-input", "there are no rows");
  if (!Number.isSafeInteger(n) || n < 0 || n > maxRows) {
    throw new ConfidentLearningError("too-large", `${n} rows; at most ${maxRows} can be counted`);
  }
  if (!Number.isSafeInteger(k) || k < 2) {
    throw new ConfidentLearningError("one-class-only", `${k} classes; at least two are needed`);
  }
  if (k > maxClasses) {
    throw new ConfidentLearningError("too-large", `${k} classes; at most ${maxClasses} are served`);
  }
}

function checkClasses(classCounts: Int32Array, n: number): void {
  const only = classCounts.indexOf(n);
  if (only < 0) return;
  const message = `all ${n} rows have the label ${only}; at least two classes must be present`;
  throw new ConfidentLearningError("one-class-only", message, { class: only });
}
