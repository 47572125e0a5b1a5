import { chiSquareTail, upperTail } from "./significance.js";

/** Whether labels stand in an order that chance does not make. */
export interface LabelOrder {
  /**
   * Neighbours with the same label (the runs test for several classes: Mood 1940, Barton and David 1957),
   * beside their number in a random order.
   */
  readonly neighbours: {
    readonly pairs: number;
    readonly equal: number;
    readonly expected: number;
    /** Two-sided: a file that takes turns is as little by chance as a sorted one. */
    readonly p: number;
  };
  /** Class shares in `parts` equal parts of the file (chi-square); null: too few rows. */
  readonly drift: {
    readonly parts: number;
    /** Cramer's V: 0, all parts alike, to 1. */
    readonly strength: number;
    readonly p: number;
  } | null;
  /** Of both tests, Bonferroni. */
  readonly p: number;
  readonly flagged: boolean;
  /** What was found: `sorted`, `alternating` or `drifting`; null where nothing was. */
  readonly kind: "sorted" | "alternating" | "drifting" | null;
}

/** Of ten thousand files in random order one is flagged. */
const LEVEL = 0.0001;
/** Less is true of large files, but of no consequence. */
const LEAST_EXCESS = 0.01;
const LEAST_STRENGTH = 0.03;
/** More equal neighbours than shares that drift bring with them. */
const SORTED_EXCESS = 0.1;
const PARTS = 10;
/** Expected in each part, of each class; rarer classes are taken together. */
const LEAST_EXPECTED = 5;

/** Tests the labels (n) of a file in its order; k classes. */
export function labelOrder(labels: ArrayLike<number>, k: number): LabelOrder {
  const counts = new Float64Array(k);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]! += 1;
  const neighbours = neighbourTest(labels, counts);
  const drift = driftTest(labels, counts);
  const p = Math.min(1, 2 * Math.min(neighbours.p, drift?.p ?? 1));
  const excess = (neighbours.equal - neighbours.expected) / Math.max(1, neighbours.pairs);
  const hasRuns = 2 * neighbours.p < LEVEL && Math.abs(excess) >= LEAST_EXCESS;
  const isSorted = excess >= SORTED_EXCESS;
  const hasDrift = drift !== null && 2 * drift.p < LEVEL && drift.strength >= LEAST_STRENGTH;
  const runs = excess > 0 ? "sorted" : "alternating";
  const kind = hasDrift && !(hasRuns && isSorted) ? "drifting" : hasRuns ? runs : null;
  return { neighbours, drift, p, flagged: kind !== null, kind };
}

function neighbourTest(labels: ArrayLike<number>, counts: Float64Array): LabelOrder["neighbours"] {
  const n = labels.length;
  let equal = 0;
  for (let i = 1; i < n; i++) if (labels[i] === labels[i - 1]) equal += 1;
  const pairs = Math.max(0, n - 1);
  let squares = 0;
  let cubes = 0;
  for (const count of counts) {
    squares += count ** 2;
    cubes += count ** 3;
  }
  const expected = n > 0 ? squares / n - 1 : 0;
  // Of the number of runs, n - equal.
  const variance =
    n > 1 ? (squares * (squares + n * (n + 1)) - 2 * n * cubes - n ** 3) / (n ** 2 * (n - 1)) : 0;
  const p =
    variance > 1e-9
      ? Math.min(1, 2 * upperTail(Math.abs(equal - expected) / Math.sqrt(variance)))
      : 1;
  return { pairs, equal, expected, p };
}

function driftTest(labels: ArrayLike<number>, counts: Float64Array): LabelOrder["drift"] {
  const n = labels.length;
  const isOwn = Array.from(counts, (count) => count >= LEAST_EXPECTED * PARTS);
  const columns = new Int32Array(counts.length);
  let own = 0;
  for (const [c, is] of isOwn.entries()) columns[c] = is ? own++ : -1;
  const rest = Array.from(counts).reduce((sum, count, c) => (isOwn[c] ? sum : sum + count), 0);
  const hasRest = rest >= LEAST_EXPECTED * PARTS;
  const width = own + (hasRest ? 1 : 0);
  if (width < 2) return null;
  const seen = new Float64Array(PARTS * width);
  const sizes = new Float64Array(PARTS);
  const totals = new Float64Array(width);
  let counted = 0;
  for (let i = 0; i < n; i++) {
    const at = columns[labels[i]!]!;
    if (at < 0 && !hasRest) continue;
    const column = at < 0 ? own : at;
    const part = Math.floor((i * PARTS) / n);
    seen[part * width + column]! += 1;
    sizes[part]! += 1;
    totals[column]! += 1;
    counted += 1;
  }
  let x = 0;
  for (let part = 0; part < PARTS; part++) {
    for (let c = 0; c < width; c++) {
      const expected = (sizes[part]! * totals[c]!) / counted;
      if (expected > 0) x += (seen[part * width + c]! - expected) ** 2 / expected;
    }
  }
  const smaller = Math.min(PARTS, width) - 1;
  const strength = Math.sqrt(x / (counted * smaller));
  return { parts: PARTS, strength, p: chiSquareTail(x, (PARTS - 1) * (width - 1)) };
}
