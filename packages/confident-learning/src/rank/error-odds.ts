import { scaledJoint } from "../count/joint.js";
import { type MeanReading, meanReading } from "../count/noise-estimate.js";
import { classThresholds, confidenceCuts, type GivenLabels } from "../count/thresholds.js";
import type { Probabilities, ProbabilityBlock } from "../input/source.js";
import { asymmetry } from "./asymmetry.js";

/** Passes over the rows that the order needs between the joint and the last pass. */
export const ERROR_ODDS_STEPS = 3;

const SMALLEST_P = 1e-9;
const SMALLEST_LOG = 1e-300;
const SMALLEST_NOISE = 0.01;
const LARGEST_NOISE = 0.5;
/** How much asymmetry makes the matrix alone decide: an eighth. */
const ASYMMETRY_WEIGHT = 8;

/** What the order was computed with, once the steps are done. */
export interface ErrorOddsFigures {
  readonly epsilon: number;
  /** How one-sided the mistakes are: near 0 where classes are mistaken for each other alike. */
  readonly asymmetry: number;
  /** The share of the matrix in the score, from 0 to 1. */
  readonly weight: number;
  /** (k, k), row = given, column = true: P(given | true) after three steps; columns sum to 1. */
  readonly transition: Float64Array;
  /** The share of wrong labels by the last step. */
  readonly noise: MeanReading;
}

/**
 * The order `error_odds` (docs/explanation/methods.md): the log odds that a label is wrong, by P
 * alone and through a matrix of mistakes that is fitted in three steps; the more one-sided the
 * mistakes, the more the matrix counts. It is fed the rows of each pass in order, block after block:
 * blocks and threads change nothing. P is clipped below at 1e-9; in all but the thresholds its sum
 * cancels out.
 */
export class ErrorOdds {
  readonly #k: number;
  readonly #paper: boolean;
  readonly #selfConfidence: Float64Array;
  readonly #row: Float64Array;
  #cuts: Float64Array | undefined;
  #classCounts: Int32Array | undefined;
  readonly #joint: Float64Array;
  readonly #confusion: Float64Array;
  #figures: ErrorOddsFigures | undefined;
  #wrong = { sum: 0, squares: 0 };

  constructor(n: number, k: number, collision: "cleanlab" | "paper") {
    this.#k = k;
    this.#paper = collision === "paper";
    this.#selfConfidence = new Float64Array(n);
    this.#row = new Float64Array(k);
    this.#joint = new Float64Array(k * k);
    this.#confusion = new Float64Array(k * k);
  }

  /** Pass 1: the given labels' probabilities. */
  readGiven({ start, rows, labels, probs }: ProbabilityBlock): void {
    const k = this.#k;
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < k; j++) sum += clipped(probs[i * k + j]!);
      this.#selfConfidence[start + i] = clipped(probs[i * k + labels[i]!]!) / sum;
    }
  }

  /** After pass 1: the thresholds of pass 2. */
  setThresholds({ labels, classCounts }: Pick<GivenLabels, "labels" | "classCounts">): void {
    const given = { labels, classCounts, selfConfidence: this.#selfConfidence };
    this.#cuts = confidenceCuts(classThresholds(given, "cleanlab-2"), "float64");
    this.#classCounts = classCounts;
  }

  /** Pass 2: the confident joint, and how often which class is predicted for which label. */
  readJoint({ rows, labels, probs }: ProbabilityBlock): void {
    const k = this.#k;
    const cuts = this.#cuts!;
    const row = this.#row;
    for (let i = 0; i < rows; i++) {
      const given = labels[i]!;
      const at = i * k;
      let sum = 0;
      for (let j = 0; j < k; j++) sum += clipped(probs[at + j]!);
      let best = 0;
      let confident = 0;
      let guess = -1;
      for (let j = 0; j < k; j++) {
        const p = clipped(probs[at + j]!) / sum;
        row[j] = p;
        if (p > row[best]!) best = j;
        if (p < cuts[j]!) continue;
        confident += 1;
        if (guess < 0 || p > row[guess]!) guess = j;
      }
      if (confident > 1 && !this.#paper) guess = best;
      if (guess >= 0) this.#joint[given * k + guess]! += 1;
      this.#confusion[given * k + best]! += 1;
    }
  }

  /** After pass 2: where the steps start. */
  startSteps(): void {
    const k = this.#k;
    const joint = this.calibratedJoint();
    let sum = 0;
    let diagonal = 0;
    for (let j = 0; j < joint.length; j++) sum += joint[j]!;
    for (let c = 0; c < k; c++) diagonal += joint[c * k + c]!;
    const noise = 1 - diagonal / sum;
    const epsilon = Math.min(Math.max(noise, SMALLEST_NOISE), LARGEST_NOISE);
    const transition = new Float64Array(k * k).fill(epsilon / (k - 1));
    for (let c = 0; c < k; c++) transition[c * k + c] = 1 - epsilon;
    const rho = asymmetry(this.#confusion, k);
    const weight = Math.min(1, ASYMMETRY_WEIGHT * rho);
    const unknown = { mean: epsilon, error: 0 };
    this.#figures = { epsilon, asymmetry: rho, weight, transition, noise: unknown };
    this.#joint.fill(0);
  }

  /** One of three steps: sums the rows' true classes, as the matrix of the step before sees them. */
  readStep({ rows, labels, probs }: ProbabilityBlock): void {
    const k = this.#k;
    const { transition } = this.#figures!;
    const joint = this.#joint;
    const row = this.#row;
    for (let i = 0; i < rows; i++) {
      const given = labels[i]!;
      const from = given * k;
      const at = i * k;
      let sum = 0;
      for (let j = 0; j < k; j++) {
        const weight = clipped(probs[at + j]!) * transition[from + j]!;
        row[j] = weight;
        sum += weight;
      }
      for (let j = 0; j < k; j++) joint[from + j]! += row[j]! / sum;
      const wrong = 1 - row[given]! / sum;
      this.#wrong.sum += wrong;
      this.#wrong.squares += wrong * wrong;
    }
  }

  /** After a step: the next matrix. */
  finishStep(): void {
    const k = this.#k;
    const { transition } = this.#figures!;
    const joint = this.#joint;
    for (let j = 0; j < k; j++) {
      let sum = 0;
      for (let g = 0; g < k; g++) sum += joint[g * k + j]!;
      for (let g = 0; g < k; g++) transition[g * k + j] = joint[g * k + j]! / sum;
    }
    joint.fill(0);
    const noise = meanReading(this.#wrong, this.#selfConfidence.length);
    this.#figures = { ...this.#figures!, noise };
    this.#wrong = { sum: 0, squares: 0 };
  }

  /** After three steps: a row's log odds of a wrong label, the higher the worse. */
  scoreOf(probs: Probabilities, at: number, given: number): number {
    const k = this.#k;
    const { transition, weight } = this.#figures!;
    const from = given * k;
    let others = 0;
    let weighted = 0;
    for (let j = 0; j < k; j++) {
      if (j === given) continue;
      const p = clipped(probs[at + j]!);
      others += p;
      weighted += p * transition[from + j]!;
    }
    const self = clipped(probs[at + given]!);
    const plain = floorLog(others / self);
    const through = floorLog(weighted) - floorLog(self * transition[from + given]!);
    return (1 - weight) * plain + weight * through;
  }

  get figures(): ErrorOddsFigures {
    return this.#figures!;
  }

  /** After pass 2 and before the steps: the calibrated joint, not rounded to whole rows. */
  calibratedJoint(): Float64Array {
    const k = this.#k;
    const raw = this.#joint.slice();
    for (let c = 0; c < k; c++) raw[c * k + c] = Math.max(1, raw[c * k + c]!);
    const counts = this.#classCounts!;
    return scaledJoint(raw, counts, this.#selfConfidence.length);
  }
}

function clipped(p: number): number {
  if (p > 1) return 1;
  return Math.max(p, SMALLEST_P);
}

function floorLog(value: number): number {
  return Math.log(Math.max(value, SMALLEST_LOG));
}
