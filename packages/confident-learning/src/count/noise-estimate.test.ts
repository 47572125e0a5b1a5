import { describe, expect, it } from "vitest";
import { generator } from "../../oracle/random-matrix.js";
import { splitByFold } from "../input/fold-source.js";
import type { FindOptions } from "../input/options.js";
import { arraySource } from "../input/source.js";
import { findLabelIssues } from "../issues/find-label-issues.js";
import { findLabelIssuesPerFold } from "../issues/per-fold.js";
import { meanReading, noiseEstimate, pooledNoise } from "./noise-estimate.js";

interface Drawn {
  readonly labels: Int32Array;
  readonly probs: Float64Array;
  /** The share of labels that are wrong. */
  readonly wrong: number;
}

const K = 5;

/**
 * Rows whose model sees the true class with a strength of its own, and labels of which a share is
 * moved to any other class; P is the model's, as it would be fitted to such labels.
 */
function drawn(n: number, rate: number, seed: number): Drawn {
  const uniform = generator(seed);
  const below = (most: number) => Math.floor(uniform() * most);
  const labels = new Int32Array(n);
  const probs = new Float64Array(n * K);
  let wrong = 0;
  for (let row = 0; row < n; row++) {
    const clarity = uniform() ** 0.5;
    const truth = below(K);
    const isWrong = uniform() < rate;
    labels[row] = isWrong ? (truth + 1 + below(K - 1)) % K : truth;
    wrong += isWrong ? 1 : 0;
    // A model errs where the row is not clear, and is as sure as it may be under noisy labels.
    const seen = uniform() < clarity ? truth : below(K);
    const peak = clarity * (1 - rate - rate / (K - 1)) + (1 - clarity) / K;
    const rest = (1 - peak) / (K - 1);
    for (let j = 0; j < K; j++) probs[row * K + j] = j === seen ? peak : rest;
  }
  return { labels, probs, wrong: wrong / n };
}

const noiseOf = async ({ labels, probs }: Drawn, options: FindOptions = {}) =>
  (await findLabelIssues(arraySource(labels, probs, K), options)).noise;

describe("the estimated noise", () => {
  it.each([0, 0.05, 0.1, 0.2, 0.35, 0.5])("is near %f where so much was drawn", async (rate) => {
    for (let seed = 0; seed < 5; seed++) {
      const set = drawn(4_000, rate, seed);
      const noise = await noiseOf(set, { order: "error_odds" });
      expect(Math.abs(noise.rate - set.wrong)).toBeLessThan(0.08);
      expect(noise.low).toBeLessThanOrEqual(set.wrong + 0.03);
      expect(noise.high).toBeGreaterThanOrEqual(set.wrong);
      expect(noise.low).toBeLessThanOrEqual(noise.rate);
      expect(noise.high).toBeGreaterThanOrEqual(noise.rate);
    }
  });

  it("has bounds that reach every reading", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { low, high, readings } = await noiseOf(drawn(400, 0.2, seed), { order: "error_odds" });
      const { fittedMatrix, ...others } = readings;
      for (const reading of [...Object.values(others), fittedMatrix!]) {
        expect(reading).toBeGreaterThanOrEqual(low);
        expect(reading).toBeLessThanOrEqual(high);
      }
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
    }
  });

  it("does without the matrix of the error odds where they are not asked for", async () => {
    const set = drawn(1_000, 0.2, 2);
    const odds = await noiseOf(set, { order: "error_odds" });
    const margin = await noiseOf(set);
    expect(margin.readings).toEqual({ ...odds.readings, fittedMatrix: null });
    expect(margin.rate).toBe(odds.rate);
  });

  it("over folds is the mean of theirs", async () => {
    const set = drawn(2_000, 0.2, 3);
    const folds = Uint8Array.from(set.labels, (_, row) => (row < 500 ? 0 : 1));
    const source = arraySource(set.labels, set.probs, K);
    const merged = await findLabelIssuesPerFold(splitByFold(source, folds));
    const parts = merged.folds.map(({ issues }) => ({ rows: issues!.n, noise: issues!.noise }));
    expect(parts.map(({ rows }) => rows)).toEqual([500, 1_500]);
    expect(merged.noise).toEqual(pooledNoise(parts));
    const [small, large] = parts as [(typeof parts)[0], (typeof parts)[0]];
    expect(merged.noise.rate).toBeCloseTo(0.25 * small.noise.rate + 0.75 * large.noise.rate, 12);
  });

  it("counts, by hand, the firmest rows of each predicted class", () => {
    // 400 rows predicted 0: the firmest 40 hold 10 others; 20 predicted 1, fewer than 30: all count.
    const rows = Array.from({ length: 420 }, (_, row) => {
      if (row < 40) return { label: row < 10 ? 1 : 0, first: 0.9 };
      if (row < 400) return { label: row % 2, first: 0.7 };
      return { label: row < 404 ? 0 : 1, first: 0.2 };
    });
    const self = rows.map(({ label, first }) => (label === 0 ? first : 1 - first));
    const facts = {
      labels: Int32Array.from(rows, ({ label }) => label),
      selfConfidence: Float64Array.from(self),
      otherProbability: Float64Array.from(self, (p) => 1 - p),
      otherClass: Int32Array.from(rows, ({ label }) => 1 - label),
      guess: new Int32Array(rows.length),
    };
    const strata = [{ counted: 300, off: 30, rows: 420 }];
    const noise = noiseEstimate(facts, 2, { rate: 0.1, strata }, { mean: 0.05, error: 0.01 });
    expect(noise.rate).toBeCloseTo((400 / 420) * (10 / 40) + (20 / 420) * (4 / 20), 12);
    expect(noise.low).toBeCloseTo(0.05 - 1.959963984540054 * 0.01, 12);
    const doubt = meanReading(
      self.reduce(
        ({ sum, squares }, p) => ({ sum: sum + 1 - p, squares: squares + (1 - p) ** 2 }),
        { sum: 0, squares: 0 },
      ),
      rows.length,
    );
    expect(noise.readings.doubt).toBe(doubt.mean);
    expect(noise.high).toBeCloseTo(doubt.mean + 1.959963984540054 * doubt.error, 12);
  });
});
