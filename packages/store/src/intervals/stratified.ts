import { ALPHA, type Bounds, wrongRows } from "./finite-population.js";

/** Part of a population, and what a random draw from it showed. */
export interface Stratum {
  /** Rows of the stratum in the population. */
  readonly rows: number;
  readonly wrong: number;
  readonly right: number;
  /** Drawn rows of which nobody knows which they are. */
  readonly unsure: number;
}

export interface Share extends Bounds {
  readonly estimate: number;
}

/** How wrong rows are spread over two strata, as shares with 95 % intervals; null where nothing says. */
export interface StratifiedShares {
  /** Wrong rows of all rows. */
  readonly noiseRate: Share | null;
  /** Wrong rows of the flagged rows. */
  readonly precision: Share | null;
  /** Flagged rows of the wrong rows. */
  readonly recall: Share | null;
}

/**
 * The noise rate is the sum of the strata's; its interval combines their exact ones by the square-and-add
 * rule (MOVER: Zou and Donner 2008), in which each stratum counts by the distance from its estimate to
 * its bound. Precision has the exact interval of the flagged stratum. Recall rises with the flagged
 * stratum's errors and falls with the other's: its interval is between the corners of their joint 95 %
 * bounds (each stratum's at the square root of .95, as they are drawn apart).
 *
 * Rows of which nobody is sure are left out of the estimates. The lower bounds take them as right, the
 * upper ones as wrong; those of recall whichever is worse.
 */
export function stratifiedShares(flagged: Stratum, unflagged: Stratum): StratifiedShares {
  const rows = flagged.rows + unflagged.rows;
  const [f, u] = [estimateOf(flagged), estimateOf(unflagged)];
  const precision =
    f === null || flagged.rows === 0 ? null : shareOf(f, boundsOf(flagged), flagged.rows);
  if (f === null || u === null || rows === 0) return { noiseRate: null, precision, recall: null };
  const strata = [flagged, unflagged];
  const noise = {
    low: combined(strata.map(asRight), "low"),
    high: combined(strata.map(asWrong), "high"),
  };
  return {
    noiseRate: shareOf(f + u, noise, rows),
    precision,
    recall: f + u === 0 ? null : recallOf(flagged, unflagged, f / (f + u)),
  };
}

/** A bound of the wrong rows of all strata, by the square-and-add rule; nobody is unsure in them. */
function combined(strata: readonly Stratum[], bound: "low" | "high"): number {
  const distances = strata.map((one) => boundsOf(one)[bound] - (estimateOf(one) ?? 0));
  const estimate = strata.reduce((sum, one) => sum + (estimateOf(one) ?? 0), 0);
  const distance = Math.hypot(...distances);
  return bound === "low"
    ? Math.max(
        total(strata, ({ wrong }) => wrong),
        estimate - distance,
      )
    : Math.min(
        total(strata, ({ rows, right }) => rows - right),
        estimate + distance,
      );
}

const asRight = (one: Stratum): Stratum => ({ ...one, right: one.right + one.unsure, unsure: 0 });
const asWrong = (one: Stratum): Stratum => ({ ...one, wrong: one.wrong + one.unsure, unsure: 0 });

/** The joint level of two draws that are independent of each other. */
const APART = 1 - Math.sqrt(1 - ALPHA);

function recallOf(flagged: Stratum, unflagged: Stratum, estimate: number): Share {
  const [f, u] = [boundsOf(flagged, APART), boundsOf(unflagged, APART)];
  return {
    estimate,
    low: f.low === 0 ? 0 : f.low / (f.low + u.high),
    high: f.high === 0 ? 0 : f.high / (f.high + u.low),
  };
}

/** Wrong rows of the stratum as they are expected; null where no decided row was drawn from it. */
function estimateOf({ rows, wrong, right }: Stratum): number | null {
  if (rows === 0) return 0;
  return wrong + right === 0 ? null : (rows * wrong) / (wrong + right);
}

/** Bounds of the stratum's wrong rows: without its unsure rows, and with all of them. */
function boundsOf({ rows, wrong, right, unsure }: Stratum, alpha = ALPHA): Bounds {
  const drawn = wrong + right + unsure;
  return {
    low: wrongRows({ rows, drawn, wrong }, alpha).low,
    high: wrongRows({ rows, drawn, wrong: wrong + unsure }, alpha).high,
  };
}

const total = (strata: readonly Stratum[], of: (one: Stratum) => number): number =>
  strata.reduce((sum, one) => sum + of(one), 0);

const shareOf = (wrong: number, { low, high }: Bounds, rows: number): Share => ({
  estimate: wrong / rows,
  low: low / rows,
  high: high / rows,
});
