import type { TruthStep } from "../prunings/matrices.js";
import { type Correction, correctedPrecision, fitCorrection, logit } from "./correction.js";
import { studentQuantile } from "./summary.js";

/** A row that somebody reviewed, met at random. */
export interface ReviewedScore {
  readonly score: number;
  readonly wrong: boolean;
}

export interface TargetCut {
  /** Null where no cut reaches the target. */
  readonly cut: number | null;
  readonly expected: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The reviewed rows that corrected the experiment. */
  readonly reviewed: { readonly rows: number; readonly wrong: number };
}

/** Fewer rows above a cut say nothing about it. */
const LEAST_ROWS = 30;

/**
 * The lowest score above which labels are expected to be wrong with at least the share `target`, from
 * one curve a seed and, where rows were reviewed at random, from these; `scores` are those of all
 * rows that are to be flagged. docs/explanation/methods.md has the formulas.
 *
 * Of the seeds' steps together the local precision is made to fall with the score (pool adjacent
 * violators), so that one cut belongs to each target. Above a cut the seeds have the mean precision p
 * with the variance between them v, at least that of counting; another draw of the same noise lies in
 * p -+ t sqrt(v + v / seeds). Reviews correct the local precision by a logistic regression on its log
 * odds, so that noise of another kind can be rarer, and harder to see, at every score.
 */
export function targetCut(
  curves: readonly (readonly TruthStep[])[],
  target: number,
  { scores, reviews }: { scores: ArrayLike<number>; reviews: readonly ReviewedScore[] } = {
    scores: [],
    reviews: [],
  },
): TargetCut {
  const reviewed = { rows: reviews.length, wrong: reviews.filter(({ wrong }) => wrong).length };
  const blocks = fallingPrecision(curves);
  const promises =
    reviews.length === 0 ? fromSeeds(curves, blocks) : fromReviews(blocks, scores, reviews);
  let best: Promised | null = null;
  for (const promise of promises) if (promise.expected >= target) best = promise;
  return { ...(best ?? { cut: null, expected: null, low: null, high: null }), reviewed };
}

/** What is expected above a cut. */
interface Promised {
  readonly cut: number;
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

interface Above {
  /** The lowest score that counts. */
  readonly score: number;
  /** With this score or a higher one, of all seeds. */
  readonly rows: number;
  readonly precision: number;
  /** Of the rows with scores from `score` up to that of the block before alone. */
  readonly local: number;
}

/** The precision above each score, the highest first; it never rises. */
function fallingPrecision(curves: readonly (readonly TruthStep[])[]): Above[] {
  const steps = curves.flat().sort((a, b) => b.score - a.score);
  const blocks: { score: number; rows: number; wrong: number }[] = [];
  for (const step of steps) {
    blocks.push({ ...step });
    for (let last = blocks.at(-1)!; blocks.length > 1; last = blocks.at(-1)!) {
      const before = blocks.at(-2)!;
      const isFalling = last.wrong * before.rows < before.wrong * last.rows;
      if (isFalling && last.score !== before.score) break;
      blocks.pop();
      blocks[blocks.length - 1] = {
        score: last.score,
        rows: before.rows + last.rows,
        wrong: before.wrong + last.wrong,
      };
    }
  }
  let [rows, wrong] = [0, 0];
  return blocks.map((block) => {
    rows += block.rows;
    wrong += block.wrong;
    // A row more on either side: a share of 0 or 1 in a sample is no certainty.
    const local = (block.wrong + 1) / (block.rows + 2);
    return { score: block.score, rows, precision: wrong / rows, local };
  });
}

/** Above each block, what another draw of the same noise would have. */
function* fromSeeds(
  curves: readonly (readonly TruthStep[])[],
  blocks: readonly Above[],
): Generator<Promised> {
  const seeds = curves.length;
  for (const { score: cut, rows, precision: p } of blocks) {
    if (rows < LEAST_ROWS * seeds) continue;
    const counts = curves.map((curve) => countAbove(curve, cut));
    const rowsEach = rows / seeds;
    const smooth = (p * rowsEach + 1) / (rowsEach + 2);
    const counting = (smooth * (1 - smooth)) / rowsEach;
    const shares = counts.filter((one) => one.rows > 0).map((one) => one.wrong / one.rows);
    const between =
      shares.length > 1
        ? shares.reduce((sum, share) => sum + (share - p) ** 2, 0) / (shares.length - 1)
        : 0;
    const variance = Math.max(between, counting) * (1 + 1 / seeds);
    // Few seeds estimate their variance badly; that of counting keeps it from being 0.
    const half = studentQuantile(Math.max(4, seeds - 1)) * Math.sqrt(variance);
    yield { cut, expected: p, low: Math.max(0, p - half), high: Math.min(1, p + half) };
  }
}

/** Cuts that are tried between the highest score and the lowest. */
const CUTS = 256;

/** Above each of the rows' own scores, what the corrected experiment expects of these rows. */
function* fromReviews(
  blocks: readonly Above[],
  scores: ArrayLike<number>,
  reviews: readonly ReviewedScore[],
): Generator<Promised> {
  const oddsOf = (score: number): number => logit(localAt(blocks, score));
  const correction: Correction = fitCorrection(
    reviews.map(({ score, wrong }) => ({ odds: oddsOf(score), wrong })),
  );
  const sorted = Float64Array.from(scores).sort().reverse();
  const odds = sorted.map(oddsOf);
  const step = Math.max(1, Math.floor(sorted.length / CUTS));
  for (let rows = Math.max(LEAST_ROWS, step); rows <= sorted.length; rows += step) {
    const cut = sorted[rows - 1]!;
    const { mean, variance } = correctedPrecision(correction, odds.subarray(0, rows));
    const half = Z * Math.sqrt(variance + (mean * (1 - mean)) / rows);
    yield { cut, expected: mean, low: Math.max(0, mean - half), high: Math.min(1, mean + half) };
  }
}

const Z = 1.959964;

/** The experiment's precision at a score; beyond its ends that of its ends. */
function localAt(blocks: readonly Above[], score: number): number {
  let [low, high] = [0, blocks.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (blocks[middle]!.score <= score) high = middle;
    else low = middle + 1;
  }
  return blocks[low]!.local;
}

function countAbove(curve: readonly TruthStep[], cut: number): { rows: number; wrong: number } {
  let [rows, wrong] = [0, 0];
  for (const step of curve) {
    if (step.score < cut) break;
    rows += step.rows;
    wrong += step.wrong;
  }
  return { rows, wrong };
}
