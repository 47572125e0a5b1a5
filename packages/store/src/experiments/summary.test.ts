import type { ExperimentCell } from "@winnow/contracts";
import { expect, it } from "vitest";
import { matrixOfJoint, pairsOfJoint } from "./noise.js";
import { meanOverSeeds, studentQuantile, summarize } from "./summary.js";

it("the interval of a mean is that of Student's t, and ends where the figure ends", () => {
  // By hand: mean 0.5, s = 0.1, t(2) = 4.303
  const found = meanOverSeeds([0.4, 0.5, 0.6], { min: 0, max: 1 })!;
  expect(found.mean).toBeCloseTo(0.5, 12);
  expect(found.high! - found.mean).toBeCloseTo((4.303 * 0.1) / Math.sqrt(3), 3);
  expect(meanOverSeeds([0.95, 1], { min: 0, max: 1 })!.high).toBe(1);
  expect(meanOverSeeds([0.7])).toEqual({ mean: 0.7, low: null, high: null });
  expect(meanOverSeeds([])).toBeNull();
});

it("quantiles above the table go on from it", () => {
  expect(studentQuantile(1)).toBe(12.706);
  expect(studentQuantile(31)).toBeCloseTo(2.0395, 3);
  expect(studentQuantile(60)).toBeCloseTo(2.0003, 3);
  for (let freedom = 1; freedom < 200; freedom++) {
    expect(studentQuantile(freedom + 1)).toBeLessThan(studentQuantile(freedom));
  }
});

it("a joint is noise: its columns are the true classes", () => {
  const joint = [
    [0.3, 0.1, 0],
    [0.1, 0.3, 0],
    [0.02, 0.18, 0],
  ];
  const matrix = matrixOfJoint(joint);
  expect(matrix[0]).toEqual([0.3, 0.1, 0.02].map((share) => expect.closeTo(share / 0.42, 12)));
  expect(matrix[1]).toEqual([0.1, 0.3, 0.18].map((share) => expect.closeTo(share / 0.58, 12)));
  expect(matrix[2]).toEqual([0, 0, 1]);
  expect(pairsOfJoint(joint)).toEqual([
    [0, 1],
    [1, 2],
  ]);
});

const cell = (seed: number, precision: number | null, rate = 0.2): ExperimentCell => ({
  noise: 0,
  type: "symmetric",
  rate,
  seed,
  state: "finished",
  jobs: [],
  datasetId: null,
  crossValidationId: null,
  pruningIds: [],
  figures: [
    {
      pruning: 0,
      rows: 100,
      flagged: 20,
      errors: 20,
      noiseRate: 0.2,
      estimatedNoiseRate: 0.25,
      precision,
      recall: 0.5,
      f1: null,
      averagePrecision: null,
      totalVariation: 0.1,
    },
  ],
});

it("a summary has one entry for each noise, rate and pruning, of the runs that have finished", () => {
  const waiting: ExperimentCell = { ...cell(3, 1), state: "waiting", figures: null };
  const prunings = [{ method: "both", order: "posterior" }] as never;
  const found = summarize({ prunings }, [cell(1, 0.8), cell(2, null), waiting, cell(1, 0.4, 0.4)]);
  expect(found).toMatchObject([
    { rate: 0.2, seeds: 2, method: "both", precision: { mean: 0.8, low: null }, f1: null },
    { rate: 0.4, seeds: 1, precision: { mean: 0.4 } },
  ]);
  expect(found[0]!.noiseRateError.mean).toBeCloseTo(0.05, 12);
});
