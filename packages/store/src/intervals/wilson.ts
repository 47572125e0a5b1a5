/** The 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

export interface Proportion {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly method: "wilson";
}

/** A share of `trials` with its 95 % interval; null for the share of nothing. */
export function proportion(successes: number, trials: number): Proportion | null {
  if (trials === 0) return null;
  const estimate = successes / trials;
  return { estimate, ...wilson(estimate, trials), method: "wilson" };
}

/**
 * The 95 % interval of a `share` that was seen in so many rows, by Wilson's score method (Wilson 1927;
 * Brown, Cai and DasGupta 2001); 0 to 1 of no rows.
 */
export function wilson(
  share: number,
  rows: number,
): { readonly low: number; readonly high: number } {
  if (rows === 0) return { low: 0, high: 1 };
  const z2 = (Z * Z) / rows;
  const centre = (share + z2 / 2) / (1 + z2);
  const half = (Z / (1 + z2)) * Math.sqrt((share * (1 - share)) / rows + z2 / (4 * rows));
  return {
    low: share <= 0 ? 0 : Math.max(0, centre - half),
    high: share >= 1 ? 1 : Math.min(1, centre + half),
  };
}
