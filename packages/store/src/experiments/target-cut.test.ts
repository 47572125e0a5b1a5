import { describe, expect, it } from "vitest";
import type { TruthStep } from "../prunings/matrices.js";
import { targetCut } from "./target-cut.js";

/** Seeded; uniform in [0, 1). */
function draws(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

interface Row {
  readonly score: number;
  readonly wrong: boolean;
}

/** Rows whose labels are wrong with the probability 1 / (1 + exp(shift - 8 score)). */
function rowsOf(seed: number, n: number, shift = 5): Row[] {
  const random = draws(seed);
  for (let i = 0; i < 20; i++) random();
  return Array.from({ length: n }, () => {
    const score = random();
    return { score, wrong: random() < 1 / (1 + Math.exp(shift - 8 * score)) };
  });
}

/** As a pruning stores them: steps of 40 rows. */
function curveOf(rows: readonly Row[]): TruthStep[] {
  const sorted = rows.toSorted((a, b) => b.score - a.score);
  return Array.from({ length: Math.ceil(sorted.length / 40) }, (_, i) => {
    const part = sorted.slice(40 * i, 40 * (i + 1));
    const wrong = part.filter((row) => row.wrong).length;
    return { score: part.at(-1)!.score, rows: part.length, wrong };
  });
}

const precisionAbove = (rows: readonly Row[], cut: number): number => {
  const above = rows.filter(({ score }) => score >= cut);
  return above.filter(({ wrong }) => wrong).length / above.length;
};

describe("the cut of a target precision", () => {
  const curves = [1, 2, 3, 4].map((seed) => curveOf(rowsOf(seed, 4_000)));

  it.each([0.7, 0.8, 0.9])(
    "%s: fresh draws are inside the interval, 18 of 20 at least",
    (target) => {
      const { cut, expected, low, high } = targetCut(curves, target);
      expect(expected).toBeGreaterThanOrEqual(target);
      expect(expected! - target).toBeLessThan(0.02);
      expect(high! - low!).toBeLessThan(0.12);
      const inside = Array.from({ length: 20 }, (_, i) => {
        const precision = precisionAbove(rowsOf(100 + i, 4_000), cut!);
        return precision >= low! && precision <= high!;
      });
      expect(inside.filter(Boolean).length).toBeGreaterThanOrEqual(18);
    },
  );

  it("a lower target never has a higher cut", () => {
    const cuts = [0.6, 0.7, 0.8, 0.9].map((target) => targetCut(curves, target).cut!);
    expect(cuts).toEqual(cuts.toSorted((a, b) => a - b));
  });

  it("where nothing reaches the target there is no cut", () => {
    expect(targetCut(curves, 0.999).cut).toBeNull();
    expect(targetCut([[{ score: 1, rows: 10, wrong: 10 }]], 0.5).cut).toBeNull();
  });

  it("reviews correct an experiment with other noise: 18 of 20 at least", () => {
    // The data's own errors are rarer at every score than the injected ones.
    let inside = 0;
    let misled = 0;
    for (let seed = 0; seed < 20; seed++) {
      const own = rowsOf(500 + seed, 4_000, 6.5);
      const reviews = own.slice(0, 400);
      const scores = own.map(({ score }) => score);
      const { cut, expected, low, high, reviewed } = targetCut(curves, 0.6, { scores, reviews });
      expect(reviewed).toEqual({ rows: 400, wrong: reviews.filter(({ wrong }) => wrong).length });
      expect(expected).toBeGreaterThanOrEqual(0.6);
      const precision = precisionAbove(own, cut!);
      inside += Number(precision >= low! && precision <= high!);
      const alone = targetCut(curves, 0.6);
      misled += Number(precisionAbove(own, alone.cut!) < alone.low!);
    }
    expect(misled).toBe(20);
    expect(inside).toBeGreaterThanOrEqual(18);
  });
});
