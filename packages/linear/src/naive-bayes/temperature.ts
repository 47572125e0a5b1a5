import { softmaxInto } from "@winnow/numeric";

/** Held-out scores z of some rows (n, k), row-major, and the rows' given labels. */
export interface LabelledScores {
  readonly scores: Float32Array | Float64Array;
  readonly labels: ArrayLike<number>;
  readonly k: number;
}

const LOWEST = 0.25;
const HIGHEST = 16;
const STEPS = 60;

/**
 * The temperature of softmax(z / tau), from 1/4 to 16, with the least mean log loss of the given
 * labels. In 1/tau the loss is convex: Newton's steps on its slope, halving where they leave the
 * range that is known to hold the minimum.
 */
export function fitTemperature(rows: LabelledScores): number {
  let low = 1 / HIGHEST;
  let high = 1 / LOWEST;
  if (slopeAt(rows, low).slope >= 0) return HIGHEST;
  if (slopeAt(rows, high).slope <= 0) return LOWEST;
  let inverse = 0.5;
  for (let step = 0; step < STEPS && high - low > 1e-9 * high; step++) {
    const { slope, curvature } = slopeAt(rows, inverse);
    if (slope > 0) high = inverse;
    else low = inverse;
    const next = inverse - slope / curvature;
    const moved = Number.isFinite(next) && next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(moved - inverse) <= 1e-10 * inverse) return 1 / moved;
    inverse = moved;
  }
  return 1 / inverse;
}

/** First and second derivative of the mean log loss at b of softmax(b z). */
function slopeAt({ scores, labels, k }: LabelledScores, b: number) {
  let slope = 0;
  let curvature = 0;
  const n = labels.length;
  for (let row = 0; row < n; row++) {
    const at = row * k;
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < k; c++) largest = Math.max(largest, scores[at + c]!);
    let sum = 0;
    let first = 0;
    let second = 0;
    for (let c = 0; c < k; c++) {
      const z = scores[at + c]! - largest;
      const power = Math.exp(b * z);
      sum += power;
      first += power * z;
      second += power * z * z;
    }
    const mean = first / sum;
    slope += mean - (scores[at + labels[row]!]! - largest);
    curvature += second / sum - mean * mean;
  }
  return { slope: slope / n, curvature: curvature / n };
}

/** Turns scores (n, k) into probabilities in place: softmax(z / tau). */
export function temper(scores: Float32Array | Float64Array, k: number, tau: number): void {
  const row = new Float64Array(k);
  for (let at = 0; at < scores.length; at += k) {
    for (let c = 0; c < k; c++) row[c] = scores[at + c]! / tau;
    softmaxInto(row, scores.subarray(at, at + k));
  }
}
