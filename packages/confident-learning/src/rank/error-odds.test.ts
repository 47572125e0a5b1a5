import { describe, expect, it } from "vitest";
import { generator } from "../../oracle/random-matrix.js";
import { arraySource, compareWithTruth, findLabelIssues, passesOf } from "../index.js";

/** Rows whose class is seen well, a fifth of them with the next class's label. */
function nextClassNoise(n: number, k: number) {
  const random = generator(11);
  const truth = Int32Array.from({ length: n }, (_, i) => i % k);
  const labels = truth.map((c) => (random() < 0.2 ? (c + 1) % k : c));
  const probs = new Float64Array(n * k);
  truth.forEach((c, i) => {
    const weights = Array.from({ length: k }, (_, j) =>
      Math.exp(3 * random() + (j === c ? 1.6 : 0)),
    );
    const sum = weights.reduce((a, b) => a + b);
    weights.forEach((weight, j) => {
      probs[i * k + j] = weight / sum;
    });
  });
  return { truth, labels, probs };
}

describe("the order error_odds", () => {
  it("ranks one-sided mistakes above what margin and posterior do", async () => {
    const { truth, labels, probs } = nextClassNoise(3_000, 6);
    const passes = new Set<number>();
    const issues = await findLabelIssues(arraySource(labels, probs, 6), {
      order: "error_odds",
      everyRow: true,
      onProgress: ({ pass, passes: all }) => {
        passes.add(pass);
        expect(all).toBe(6);
      },
    });
    expect([...passes]).toEqual([1, 2, 3, 4, 5, 6]);
    expect(passesOf({ order: "error_odds" })).toBe(6);
    const figures = issues.errorOdds!;
    expect(figures.weight).toBeGreaterThan(0.3);
    expect(figures.epsilon).toBeGreaterThan(0.1);
    for (let j = 0; j < 6; j++) {
      let sum = 0;
      for (let g = 0; g < 6; g++) sum += figures.transition[g * 6 + j]!;
      expect(sum).toBeCloseTo(1, 12);
      expect(figures.transition[((j + 1) % 6) * 6 + j]).toBeGreaterThan(
        figures.transition[((j + 2) % 6) * 6 + j]!,
      );
    }
    const { averagePrecision } = compareWithTruth(issues, truth)!;
    expect(averagePrecision.errorOdds).toBeGreaterThan(averagePrecision.normalizedMargin!);
    expect(averagePrecision.errorOdds).toBeGreaterThan(averagePrecision.posterior!);
    expect(issues.scores).toEqual(issues.scores.slice().sort());
  });

  it("as a method flags all rows from a cut on, whatever the prediction says", async () => {
    const { labels, probs } = nextClassNoise(300, 4);
    const source = arraySource(labels, probs, 4);
    const all = await findLabelIssues(source, { method: "error_odds", errorOddsCut: -1e9 });
    expect(all.indices.length).toBe(300);
    const cut = await findLabelIssues(source, { method: "error_odds", errorOddsCut: 1.5 });
    const odds = new Map(all.flags.map((flag) => [flag.index, flag.errorOdds!]));
    expect([...cut.indices].sort((a, b) => a - b)).toEqual(
      [...odds.keys()].filter((row) => odds.get(row)! >= 1.5).sort((a, b) => a - b),
    );
    await expect(findLabelIssues(source, { errorOddsCut: Number.NaN })).rejects.toMatchObject({
      code: "invalid-option",
    });
  });

  it("holds for rows of certain probabilities and for an absent class", async () => {
    const labels = Int32Array.of(0, 0, 1, 1, 0, 1);
    const probs = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0]);
    const issues = await findLabelIssues(arraySource(labels, probs, 3), {
      method: "error_odds",
      errorOddsCut: 0,
      order: "error_odds",
    });
    expect([...issues.indices].sort()).toEqual([1, 3]);
    for (const score of issues.scores) expect(Number.isFinite(score)).toBe(true);
  });
});
