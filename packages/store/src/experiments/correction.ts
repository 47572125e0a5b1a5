/** A reviewed row: what the experiment expects of its score, as log odds, and what it was. */
export interface Observed {
  readonly odds: number;
  readonly wrong: boolean;
}

/** logit p = shift + slope x, with x the experiment's log odds; and the covariance of the two. */
export interface Correction {
  readonly shift: number;
  readonly slope: number;
  readonly covariance: readonly [shift: number, both: number, slope: number];
}

/** Before a row is reviewed: the experiment as it is, give or take. */
const PRIOR = { shift: 0, shiftVariance: 4, slope: 1, slopeVariance: 0.25 };
const MOST_STEPS = 50;

/**
 * Logistic regression of what reviews found on what the experiment expected, with normal priors: the
 * shift around 0, the slope around 1. Newton's method; the covariance is the inverse of the Hessian at
 * the maximum (Laplace's approximation).
 */
export function fitCorrection(observed: readonly Observed[]): Correction {
  let { shift, slope } = PRIOR;
  for (let step = 0; step < MOST_STEPS; step++) {
    const { gradient, hessian } = derivatives(observed, shift, slope);
    const [a, b, c] = inverse(hessian);
    const byShift = a * gradient[0] + b * gradient[1];
    const bySlope = b * gradient[0] + c * gradient[1];
    // Far steps overshoot where the rows are nearly separated.
    const scale = Math.min(1, 2 / Math.max(Math.abs(byShift), Math.abs(bySlope), 1e-12));
    shift += scale * byShift;
    slope += scale * bySlope;
    if (Math.abs(byShift) + Math.abs(bySlope) < 1e-9) break;
  }
  return { shift, slope, covariance: inverse(derivatives(observed, shift, slope).hessian) };
}

type Symmetric = readonly [number, number, number];

/** Of the log posterior; the Hessian's sign is turned. */
function derivatives(observed: readonly Observed[], shift: number, slope: number) {
  const gradient: [number, number] = [
    (PRIOR.shift - shift) / PRIOR.shiftVariance,
    (PRIOR.slope - slope) / PRIOR.slopeVariance,
  ];
  const hessian: [number, number, number] = [1 / PRIOR.shiftVariance, 0, 1 / PRIOR.slopeVariance];
  for (const { odds, wrong } of observed) {
    const p = sigmoid(shift + slope * odds);
    const rest = Number(wrong) - p;
    const weight = p * (1 - p);
    gradient[0] += rest;
    gradient[1] += rest * odds;
    hessian[0] += weight;
    hessian[1] += weight * odds;
    hessian[2] += weight * odds * odds;
  }
  return { gradient, hessian };
}

function inverse([a, b, c]: Symmetric): Symmetric {
  const determinant = a * c - b * b;
  return [c / determinant, -b / determinant, a / determinant];
}

/** The mean of the corrected shares of rows, and the variance that the correction leaves it (delta method). */
export function correctedPrecision(
  { shift, slope, covariance }: Correction,
  odds: ArrayLike<number>,
): { mean: number; variance: number } {
  let [mean, byShift, bySlope] = [0, 0, 0];
  for (let i = 0; i < odds.length; i++) {
    const p = sigmoid(shift + slope * odds[i]!);
    mean += p;
    byShift += p * (1 - p);
    bySlope += p * (1 - p) * odds[i]!;
  }
  const n = odds.length;
  const [a, b] = [byShift / n, bySlope / n];
  const [aa, ab, bb] = covariance;
  return { mean: mean / n, variance: a * a * aa + 2 * a * b * ab + b * b * bb };
}

export const logit = (p: number): number => Math.log(p / (1 - p));

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
