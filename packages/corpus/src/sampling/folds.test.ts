import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignFolds, classesSmallerThanFolds } from "./folds.js";

function spread(counts: number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

describe("assignFolds", () => {
  it("puts every sample in one fold, evenly overall and in each class", () => {
    const cases = fc.record({
      labels: fc.array(fc.nat(6), { minLength: 20, maxLength: 300 }),
      folds: fc.integer({ min: 2, max: 20 }),
      seed: fc.maxSafeInteger(),
    });
    fc.assert(
      fc.property(cases, ({ labels, folds, seed }) => {
        const foldOf = assignFolds(Int32Array.from(labels), folds, seed);
        expect(foldOf.length).toBe(labels.length);
        const sizes = new Array<number>(folds).fill(0);
        const byClass = new Map(labels.map((c) => [c, new Array<number>(folds).fill(0)]));
        foldOf.forEach((fold, i) => {
          sizes[fold] = sizes[fold]! + 1;
          const counts = byClass.get(labels[i]!)!;
          counts[fold] = counts[fold]! + 1;
        });
        expect(sizes.length).toBe(folds);
        expect(spread(sizes)).toBeLessThanOrEqual(1);
        for (const counts of byClass.values()) expect(spread(counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("gives the same split for the same seed and another for another", () => {
    const labels = Int32Array.from({ length: 500 }, (_, i) => i % 7);
    expect(assignFolds(labels, 5, 42)).toEqual(assignFolds(labels, 5, 42));
    expect(assignFolds(labels, 5, 42)).not.toEqual(assignFolds(labels, 5, 43));
    expect(assignFolds(labels, 5, 42)).not.toEqual(assignFolds(labels, 5, 42 + 2 ** 32));
  });

  it("shuffles: the folds of a class follow no pattern of its order", () => {
    const foldOf = assignFolds(new Int32Array(10_000), 2, 1);
    let changes = 0;
    for (let i = 1; i < foldOf.length; i += 1) if (foldOf[i] !== foldOf[i - 1]) changes += 1;
    // A fair shuffle changes fold about every second step: 5,000 with a deviation of 50.
    expect(Math.abs(changes - 5000)).toBeLessThan(300);
  });

  it("refuses folds that cannot be filled", () => {
    const labels = Int32Array.from([0, 1, 0]);
    for (const folds of [0, 1, 1.5, 4, 256, Number.NaN]) {
      expect(() => assignFolds(labels, folds, 0)).toThrow(
        expect.objectContaining({ code: "bad-folds" }),
      );
    }
    expect(() => assignFolds(Int32Array.from([0, -1]), 2, 0)).toThrow(/not a class index/);
  });
});

describe("classesSmallerThanFolds", () => {
  it("lists the classes that cannot be in every fold, without empty ones", () => {
    expect(classesSmallerThanFolds([5, 4, 0, 1, 100], 5)).toEqual([1, 3]);
  });
});
