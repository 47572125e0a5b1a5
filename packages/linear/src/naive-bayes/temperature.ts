/** Held-out scores z of some rows (n, k), row-major, and the rows' given labels. */
export interface LabelledScores {
  readonly scores: Float32Array | Float64Array;
  readonly labels: ArrayLike<number>;
  readonly k: number;
}

const LOWEST = 0.25;
const HIGHEST = 16;
const STEPS = 60;
const PRECISE = 1e-7;
const SAMPLED_ROWS = 2_000;
const SAMPLED_CELLS = 200_000;

/**
 * The temperature of softmax(z / tau), from 1/4 to 16, with the least mean log loss of the given
 * labels. In 1/tau the loss is convex: Newton's steps on its slope, halving where they leave the
 * range that is known to hold the minimum. 1 without rows.
 */
export function fitTemperature(rows: LabelledScores): number {
  if (rows.labels.length === 0) return 1;
  const stride = Math.ceil(rows.labels.length / Math.max(SAMPLED_ROWS, SAMPLED_CELLS / rows.k));
  if (stride < 2) return fit(rows, 0.5);
  // Some rows say nearly where the minimum is; all rows then take a step or two.
  return fit(rows, 1 / fit({ ...rows, stride }, 0.5));
}

function fit(rows: LabelledScores & { stride?: number }, start: number): number {
  let low = 1 / HIGHEST;
  let high = 1 / LOWEST;
  let inverse = Math.min(Math.max(start, low), high);
  for (let step = 0; step < STEPS && high - low > 1e-9 * high; step++) {
    const { slope, curvature } = slopeAt(rows, inverse);
    if (inverse === low && slope >= 0) return HIGHEST;
    if (inverse === high && slope <= 0) return LOWEST;
    if (slope > 0) high = inverse;
    else low = inverse;
    const next = inverse - slope / curvature;
    let moved = (low + high) / 2;
    if (next > low && next < high) moved = next;
    // The bounds themselves are tried before they are ruled out.
    else if (next >= high && high === 1 / LOWEST) moved = high;
    else if (next <= low && low === 1 / HIGHEST) moved = low;
    if (Math.abs(moved - inverse) <= PRECISE * inverse) return 1 / moved;
    inverse = moved;
  }
  return 1 / inverse;
}

/** First and second derivative of the mean log loss at b of softmax(b z). */
function slopeAt(
  { scores, labels, k, stride = 1 }: LabelledScores & { stride?: number },
  b: number,
) {
  let slope = 0;
  let curvature = 0;
  let n = 0;
  for (let row = 0; row < labels.length; row += stride) {
    n += 1;
    const at = row * k;
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < k; c++) if (scores[at + c]! > largest) largest = scores[at + c]!;
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

/** The mean log loss of softmax(z / tau) against the labels. */
export function logLoss({ scores, labels, k }: LabelledScores, tau: number): number {
  let loss = 0;
  for (let row = 0; row < labels.length; row++) {
    const at = row * k;
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < k; c++) if (scores[at + c]! > largest) largest = scores[at + c]!;
    let sum = 0;
    for (let c = 0; c < k; c++) sum += Math.exp((scores[at + c]! - largest) / tau);
    loss += Math.log(sum) - (scores[at + labels[row]!]! - largest) / tau;
  }
  return loss / labels.length;
}

/** Turns scores (n, k) into probabilities in place: softmax(z / tau). */
export function temper(scores: Float32Array | Float64Array, k: number, tau: number): void {
  for (let at = 0; at < scores.length; at += k) {
    const end = at + k;
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = at; i < end; i++) if (scores[i]! > largest) largest = scores[i]!;
    let sum = 0;
    for (let i = at; i < end; i++) {
      const power = Math.exp((scores[i]! - largest) / tau);
      scores[i] = power;
      sum += power;
    }
    for (let i = at; i < end; i++) scores[i]! /= sum;
  }
}
