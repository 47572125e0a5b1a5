import { type Stratum, stratifiedShares } from "./stratified.js";

/** Rows of a stratum, and the share of them that is expected to be wrong. */
export interface Expected {
  readonly rows: number;
  readonly wrong: number;
}

export interface DrawnRows {
  readonly flagged: number;
  readonly unflagged: number;
}

/** Of a sample each stratum has at least this share, so that it says something of both. */
const LEAST_SHARE = 0.2;

/**
 * How many of `size` rows to draw from each stratum: by Neyman's rule (1934), where the noise rate's
 * interval is the shortest, but at least a fifth from each, and one row. A stratum that ends leaves its part to the
 * other.
 */
export function allocate(size: number, flagged: Expected, unflagged: Expected): DrawnRows {
  const weight = ({ rows, wrong }: Expected) => rows * Math.sqrt(wrong * (1 - wrong));
  const [f, u] = [weight(flagged), weight(unflagged)];
  const share = f + u === 0 ? 0.5 : Math.min(1 - LEAST_SHARE, Math.max(LEAST_SHARE, f / (f + u)));
  const all = Math.min(size, flagged.rows + unflagged.rows);
  const least = Math.min(1, flagged.rows);
  const most = Math.max(least, all - Math.min(1, unflagged.rows));
  const wanted = Math.min(flagged.rows, most, Math.max(least, Math.round(all * share)));
  const others = Math.min(unflagged.rows, all - wanted);
  return { flagged: all - others, unflagged: others };
}

/**
 * The fewest rows of which the noise rate's interval is expected to be at most `halfWidth` on each side;
 * `most`, or all rows, if no fewer do.
 */
export function sizeFor(
  halfWidth: number,
  flagged: Expected,
  unflagged: Expected,
  most = Infinity,
): number {
  let [low, high] = [1, Math.min(most, flagged.rows + unflagged.rows)];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (expectedHalfWidth(middle, flagged, unflagged) <= halfWidth) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The longer side of the interval that a sample of this size is expected to give. */
export function expectedHalfWidth(size: number, flagged: Expected, unflagged: Expected): number {
  const drawn = allocate(size, flagged, unflagged);
  const { noiseRate } = stratifiedShares(
    expectedDraw(flagged, drawn.flagged),
    expectedDraw(unflagged, drawn.unflagged),
  );
  if (noiseRate === null) return 1;
  return Math.max(noiseRate.high - noiseRate.estimate, noiseRate.estimate - noiseRate.low);
}

function expectedDraw({ rows, wrong: share }: Expected, drawn: number): Stratum {
  const wrong = Math.round(drawn * share);
  return { rows, wrong, right: drawn - wrong, unsure: 0 };
}
