import type { ClassVotes } from "./class-votes.js";
import {
  bernstein,
  type Counts,
  chernoffHalf,
  chernoffPoisson,
  countVotes,
  type Evidence,
  logArrangements,
  sumOver,
} from "./evidence.js";
import { fittingOrder } from "./fitting-order.js";

/** An order of the columns that fits the given labels far better than the order that they have. */
export interface ClassOrder {
  /** (k): the column that belongs to each class. */
  readonly columns: Int32Array;
  /** Rows that voted, and those whose most probable class is the given one: now, and reordered. */
  readonly rows: number;
  readonly agree: number;
  readonly agreeReordered: number;
  /** Classes that change their column although few rows say which one it is. */
  readonly uncertain: readonly number[];
}

/**
 * Looks for a permutation of the columns that explains the given labels far better than the order
 * they stand in; undefined where there is none. The best permutation falls into cycles. With X rows
 * that agree under it and Y without, three things must hold in one of them, or in all together in
 * which the first holds:
 *
 * 1. X >= 1.5 Y. Honest probabilities agree with the given label more often than with any other as
 *    long as under half of a class's labels are wrong, whether the noise is spread or goes to one
 *    class; 1.5 leaves room up to 60 %.
 * 2. That is no accident: were each such row as likely to agree with the one as with the other, X
 *    of X + Y or more has a probability below 1/1000 (Chernoff).
 * 3. The columns say something about the labels. Columns that ignore the labels fit the best of all
 *    permutations by accident or by the sizes of classes, so X must be beyond that by a bound of
 *    1/1000 over the number of permutations (Chernoff for Poisson; Bernstein for X - Y, or for the
 *    probabilities themselves); or X is 9 times Y, as for a model that nearly always says one class.
 *
 * Two classes of which more than 60 % of the labels are wrong look the same as two columns that are
 * swapped: no statistic can tell them apart.
 */
export function findClassOrder(votes: ClassVotes): ClassOrder | undefined {
  if (votes.labels.length === 0) return undefined;
  const order = fittingOrder(votes);
  const counts = countVotes(votes, order);
  const evidenceOf = (classes: readonly number[]) => sumOver(classes, counts);
  const cycles = cyclesOf(order);
  const better = cycles.filter((cycle) => fitsFarBetter(evidenceOf(cycle)));
  const isFound = [better.flat(), ...better].some((set) => isConvincing(evidenceOf(set), votes.k));
  if (!isFound) return undefined;
  // Of classes that few rows speak for, the best order is still the best guess.
  const moved = cycles.filter((cycle) => !isWorse(evidenceOf(cycle))).flat();
  const columns = Int32Array.from({ length: votes.k }, (_, c) => c);
  for (const c of moved) columns[c] = order[c]!;
  const { reordered, kept } = sumOver(moved, counts);
  const agree = counts.kept.reduce((sum, rows) => sum + rows, 0);
  return {
    columns,
    rows: counts.rows,
    agree,
    agreeReordered: agree - kept + reordered,
    uncertain: moved.filter((c) => isUncertain(c, order[c]!, counts, votes)).sort((a, b) => a - b),
  };
}

const isWorse = ({ reordered, kept }: Evidence): boolean => reordered < kept;

function isUncertain(label: number, column: number, counts: Counts, { moments }: ClassVotes) {
  if (counts.reordered[label]! >= 2) return false;
  if (moments === undefined) return true;
  return (
    moments.excess(label, column) <= SURE_DEVIATIONS * Math.sqrt(moments.spread(label, column))
  );
}

/** How much more often the rows must agree with the other order; at the second factor at any sizes. */
const FACTOR = 1.5;
const SURE_FACTOR = 9;
/** From how many standard deviations on probabilities speak for a column without votes. */
const SURE_DEVIATIONS = 4;
/** Nats of a bound of 1/1000. */
const NATS = Math.log(1000);

const fitsFarBetter = ({ reordered, kept, chance }: Evidence): boolean =>
  reordered > 0 &&
  reordered >= FACTOR * kept &&
  (reordered > chance || reordered >= SURE_FACTOR * kept);

function isConvincing(evidence: Evidence, k: number): boolean {
  const { moved, reordered, kept, chance } = evidence;
  if (moved === 0 || !fitsFarBetter(evidence)) return false;
  const beyondHalf = chernoffHalf(reordered, kept);
  if (beyondHalf < NATS) return false;
  const wanted = NATS + logArrangements(k, moved);
  const beyondChance = Math.max(
    chernoffPoisson(reordered, chance),
    bernstein(reordered - kept - evidence.chanceGain, evidence.variance),
    bernstein(evidence.gain, evidence.gainVariance),
  );
  return beyondChance >= wanted || (reordered >= SURE_FACTOR * kept && beyondHalf >= wanted);
}

/** The cycles of a permutation that are longer than one. */
function cyclesOf(order: Int32Array): number[][] {
  const seen = new Uint8Array(order.length);
  const cycles: number[][] = [];
  for (let start = 0; start < order.length; start++) {
    const cycle: number[] = [];
    for (let c = start; !seen[c]; c = order[c]!) {
      seen[c] = 1;
      cycle.push(c);
    }
    if (cycle.length > 1) cycles.push(cycle);
  }
  return cycles;
}
