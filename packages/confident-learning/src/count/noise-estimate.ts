import { type Interval, noiseInterval, type Stratum, Z } from "./noise-interval.js";
import { argmaxOf, type RowFacts } from "./scan.js";

/**
 * The share of wrong labels, from 0 to 1, and how far it may be off. No single figure can be had from
 * probabilities alone: see `noiseEstimate`.
 */
export interface NoiseEstimate extends Interval {
  /** The share if wrong labels fall on rows at random within a class: that of `confidentRows`. */
  readonly rate: number;
  readonly readings: NoiseReadings;
}

/** The same share, read in different ways. */
export interface NoiseReadings {
  /** Of the rows that are predicted most firmly, how many have another label. */
  readonly confidentRows: number;
  /** 1 - the trace of the calibrated joint of confident learning. */
  readonly confidentJoint: number;
  /** By the matrix of the error odds after its steps; null where they were not computed. */
  readonly fittedMatrix: number | null;
  /** The mean probability that is not the given label's. */
  readonly doubt: number;
}

/** A mean over rows and its standard error. */
export interface MeanReading {
  readonly mean: number;
  readonly error: number;
}

/** A share of a predicted class's rows that counts as predicted firmly, and how many at least. */
interface Firm {
  readonly share: number;
  readonly least: number;
}

const FIRM: Firm = { share: 0.1, least: 30 };
/** For the lower bound alone: with few rows a tenth of them is not all firm yet. */
const FIRMER: readonly Firm[] = [
  { share: 0.03, least: 10 },
  { share: 0.01, least: 3 },
];

/**
 * Estimates the noise of labels from out-of-sample probabilities (docs/explanation/methods.md):
 *
 * - the rate from the tenth of each predicted class's rows with the largest probability. There the
 *   model does not err by itself, so that what contradicts it is noise, if noise strikes at random
 *   within a class (Patrini et al., 2017, call such rows anchors);
 * - its bounds from all readings, each with its sampling error: errors that repeat themselves are
 *   learned and look right, and a poor model takes its own errors for those of the labels. The lower
 *   one also from still firmer rows, the fewer of which a poor model gets wrong.
 *
 * O(n) memory and O(n log n) time.
 */
export function noiseEstimate(
  facts: RowFacts,
  classes: number,
  joint: { readonly rate: number; readonly strata: readonly Stratum[] },
  fitted: MeanReading | undefined,
): NoiseEstimate {
  const [strata, ...firmer] = firmStrata(facts, classes, [FIRM, ...FIRMER]);
  const confidentRows = shareOff(strata!);
  const doubt = doubtOf(facts);
  const confident = noiseInterval(confidentRows, strata!);
  const counted = noiseInterval(joint.rate, joint.strata);
  const steps = fitted && intervalOf(fitted);
  const lows = [
    confident.low,
    counted.low,
    ...(steps ? [steps.low] : []),
    ...firmer.map((one) => noiseInterval(shareOff(one), one).low),
  ];
  const highs = [confident.high, counted.high, intervalOf(doubt).high];
  return {
    rate: confidentRows,
    low: Math.min(...lows),
    high: Math.max(...highs),
    readings: {
      confidentRows,
      confidentJoint: joint.rate,
      fittedMatrix: fitted?.mean ?? null,
      doubt: doubt.mean,
    },
  };
}

/** The estimates of disjoint parts as that of all their rows. */
export function pooledNoise(
  parts: readonly { readonly rows: number; readonly noise: NoiseEstimate }[],
): NoiseEstimate {
  const total = parts.reduce((sum, { rows }) => sum + rows, 0);
  const mean = (of: (noise: NoiseEstimate) => number) =>
    total === 0 ? 0 : parts.reduce((sum, { rows, noise }) => sum + rows * of(noise), 0) / total;
  const hasFitted = parts.every(({ noise }) => noise.readings.fittedMatrix !== null);
  return {
    rate: mean(({ rate }) => rate),
    low: mean(({ low }) => low),
    high: total === 0 ? 1 : mean(({ high }) => high),
    readings: {
      confidentRows: mean(({ readings }) => readings.confidentRows),
      confidentJoint: mean(({ readings }) => readings.confidentJoint),
      fittedMatrix: hasFitted ? mean(({ readings }) => readings.fittedMatrix!) : null,
      doubt: mean(({ readings }) => readings.doubt),
    },
  };
}

/** The share of rows with another label, each stratum's weighted by the rows that it stands for. */
function shareOff(strata: readonly Stratum[]): number {
  const rows = strata.reduce((sum, one) => sum + one.rows, 0);
  return strata.reduce((sum, one) => sum + (one.rows / rows) * (one.off / one.counted), 0);
}

/** For each kind of firm rows a stratum for each predicted class: those rows, and how many have another label. */
function firmStrata(facts: RowFacts, classes: number, kinds: readonly Firm[]): Stratum[][] {
  const { labels, selfConfidence, otherProbability } = facts;
  const n = labels.length;
  const predicted = Int32Array.from({ length: n }, (_, row) => argmaxOf(facts, row));
  const starts = new Int32Array(classes + 1);
  for (const c of predicted) starts[c + 1]! += 1;
  for (let c = 0; c < classes; c++) starts[c + 1]! += starts[c]!;
  const largestOf = (row: number) => Math.max(selfConfidence[row]!, otherProbability[row]!);
  const largest = new Float64Array(n);
  const next = starts.slice();
  for (let row = 0; row < n; row++) largest[next[predicted[row]!]!++] = largestOf(row);
  for (let c = 0; c < classes; c++) largest.subarray(starts[c]!, starts[c + 1]!).sort();
  return kinds.map(({ share, least }) => {
    // From its cut on a row is firm; rows of equal probability are so together.
    const cuts = Float64Array.from({ length: classes }, (_, c) => {
      const all = starts[c + 1]! - starts[c]!;
      const firm = Math.min(all, Math.max(least, Math.round(share * all)));
      return all === 0 ? 1 : largest[starts[c + 1]! - firm]!;
    });
    const counted = new Int32Array(classes);
    const off = new Int32Array(classes);
    for (let row = 0; row < n; row++) {
      const c = predicted[row]!;
      if (largestOf(row) < cuts[c]!) continue;
      counted[c]! += 1;
      if (labels[row] !== c) off[c]! += 1;
    }
    const strata = Array.from(counted, (m, c) => {
      return { counted: m, off: off[c]!, rows: starts[c + 1]! - starts[c]! };
    });
    return strata.filter(({ rows }) => rows > 0);
  });
}

function doubtOf({ selfConfidence }: RowFacts): MeanReading {
  const sums = { sum: 0, squares: 0 };
  for (const p of selfConfidence) {
    sums.sum += 1 - p;
    sums.squares += (1 - p) ** 2;
  }
  return meanReading(sums, selfConfidence.length);
}

/** The mean of n numbers by their sum and the sum of their squares. */
export function meanReading(
  { sum, squares }: { readonly sum: number; readonly squares: number },
  n: number,
): MeanReading {
  const mean = sum / n;
  return { mean, error: Math.sqrt(Math.max(0, squares / n - mean * mean) / n) };
}

const intervalOf = ({ mean, error }: MeanReading): Interval => ({
  low: Math.max(0, mean - Z * error),
  high: Math.min(1, mean + Z * error),
});
