import type { ClassVotes } from "./class-votes.js";
import {
  bernstein,
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
  /** Classes that change their column although fewer than two rows say which one it is. */
  readonly uncertain: readonly number[];
}

/**
 * Looks for a permutation of the columns that explains the given labels far better than the order
 * they stand in; undefined where there is none. A permutation falls into cycles; of these the ones
 * count in which the rows agree with the permutation at least 1.5 times as often as without it. With
 * X rows that agree under the permutation and Y without, three things must hold:
 *
 * 1. X >= 1.5 Y. Honest probabilities agree with the given label more often than with any other as
 *    long as under half of a class's labels are wrong, whether the noise is spread or goes to one
 *    class; 1.5 leaves room up to 60 %.
 * 2. That is no accident: were each such row as likely to agree with the one as with the other, X
 *    of X + Y or more has a probability below 1/1000 (Chernoff).
 * 3. The columns say something about the labels. Columns that ignore the labels fit the best of all
 *    permutations by accident or by the sizes of classes, so X must be beyond that by a bound of
 *    1/1000 over the number of permutations (Chernoff for Poisson, or Bernstein for X - Y); or X is
 *    9 times Y, as for a model that nearly always says the largest class.
 *
 * Two classes of which more than 60 % of the labels are wrong look the same as two columns that are
 * swapped: no statistic can tell them apart.
 */
export function findClassOrder(votes: ClassVotes): ClassOrder | undefined {
  if (votes.labels.length === 0) return undefined;
  const order = fittingOrder(votes);
  const counts = countVotes(votes, order);
  const cycles = cyclesOf(order).filter((cycle) => fitsFarBetter(sumOver(cycle, counts)));
  const convincing = cycles.filter((cycle) => isConvincing(sumOver(cycle, counts), votes.k));
  const all = cycles.flat();
  const moved = isConvincing(sumOver(all, counts), votes.k) ? all : convincing.flat();
  if (moved.length === 0) return undefined;
  const columns = Int32Array.from({ length: votes.k }, (_, c) => c);
  for (const c of moved) columns[c] = order[c]!;
  const { reordered, kept } = sumOver(moved, counts);
  const agree = counts.kept.reduce((sum, rows) => sum + rows, 0);
  return {
    columns,
    rows: counts.rows,
    agree,
    agreeReordered: agree - kept + reordered,
    uncertain: moved.filter((c) => counts.reordered[c]! < 2).sort((a, b) => a - b),
  };
}

/** How much more often the rows must agree with the other order; at the second factor at any sizes. */
const FACTOR = 1.5;
const SURE_FACTOR = 9;
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
  const beyondChance = Math.max(chernoffPoisson(reordered, chance), bernstein(evidence));
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
