/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

export interface Proportion {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly method: "wilson";
}

/**
 * A share with its 95 % interval by Wilson's score method (Wilson 1927; Brown, Cai and DasGupta 2001);
 * null for the share of nothing.
 */
export function proportion(successes: number, trials: number): Proportion | null {
  if (trials === 0) return null;
  const p = successes / trials;
  const z2 = (Z * Z) / trials;
  const centre = (p + z2 / 2) / (1 + z2);
  const half = (Z / (1 + z2)) * Math.sqrt((p * (1 - p)) / trials + z2 / (4 * trials));
  return {
    estimate: p,
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === trials ? 1 : Math.min(1, centre + half),
    method: "wilson",
  };
}
