/** Rows that were counted, how many of them are off the diagonal, and what they stand for. */
export interface Stratum {
  readonly counted: number;
  readonly off: number;
  /** The number of rows that it stands for. */
  readonly rows: number;
}

/** Bounds of a share, from 0 to 1. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The standard normal deviate that 95 % of all draws stay below in size. */
export const Z = 1.959963984540054;

/**
 * The 95 % interval of the estimated noise `rate`: the stratified Wilson interval of Yan and Su (2010),
 * with a stratum for each given class. With m counted rows, of which a share p is off the diagonal,
 * and w the stratum's share of all rows,
 *
 *     z* = z sqrt(sum w² p(1 - p)/m) / sum w sqrt(p(1 - p)/m)
 *     low = sum w low(p, m, z*),  high = sum w high(p, m, z*)
 *
 * where low and high bound Wilson's interval of one share. It holds the sampling error alone: that
 * of a model that cannot see some errors is not in it.
 */
export function noiseInterval(rate: number, strata: readonly Stratum[]): Interval {
  const counted = strata.filter((one) => one.counted > 0 && one.rows > 0);
  const total = counted.reduce((sum, { rows }) => sum + rows, 0);
  if (total === 0) return { low: 0, high: 1 };
  const shares = counted.map(({ counted: m, off, rows }) => ({ m, p: off / m, w: rows / total }));
  const z = stratumDeviate(shares);
  let low = 0;
  let high = 0;
  for (const { m, p, w } of shares) {
    const middle = p + (z * z) / (2 * m);
    const half = z * Math.sqrt((p * (1 - p)) / m + (z * z) / (4 * m * m));
    const scale = w / (1 + (z * z) / m);
    low += scale * (middle - half);
    high += scale * (middle + half);
  }
  // A calibrated joint is rounded to whole rows, and so is the rate.
  return { low: Math.max(0, Math.min(low, rate)), high: Math.min(1, Math.max(high, rate)) };
}

/**
 * A stratum for each given class of a raw confident joint (k, k), row = given class. It stands for
 * the class's rows in a calibrated joint, else for those that were counted.
 */
export function strataOf(
  raw: ArrayLike<number>,
  classCounts: ArrayLike<number>,
  calibrated = true,
): Stratum[] {
  const k = classCounts.length;
  return Array.from({ length: k }, (_, s) => {
    let counted = 0;
    for (let j = 0; j < k; j++) counted += raw[s * k + j]!;
    const off = counted - raw[s * k + s]!;
    return { counted, off, rows: calibrated ? classCounts[s]! : counted };
  });
}

/** Where no share varies, as when nothing is off the diagonal, all are taken to vary alike. */
function stratumDeviate(shares: readonly { m: number; p: number; w: number }[]): number {
  const spread = (varianceOf: (p: number, m: number) => number) => {
    const squares = shares.reduce((sum, { m, p, w }) => sum + w * w * varianceOf(p, m), 0);
    const sum = shares.reduce((all, { m, p, w }) => all + w * Math.sqrt(varianceOf(p, m)), 0);
    return Math.sqrt(squares) / sum;
  };
  const varies = shares.some(({ p }) => p > 0 && p < 1);
  return Z * (varies ? spread((p, m) => (p * (1 - p)) / m) : spread((_, m) => 1 / m));
}
