import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { injectNoise, type NoiseSpec, noiseMatrix, sisterPairs } from "./noise.js";

const NAMES = ["tech/net", "tech/phone", "tech/car", "sport/ball", "sport/run", "alone"];
const labels = Int32Array.from({ length: 6000 }, (_, i) => i % 6);

describe("injectNoise", () => {
  const specs: NoiseSpec[] = [
    { type: "symmetric", rate: 0.2 },
    { type: "pair", rate: 0.3 },
    {
      type: "pair",
      rate: 0.1,
      pairs: [
        [0, 5],
        [0, 3],
        [4, 1],
      ],
    },
    { type: "by-class", rates: [0, 0.1, 0.2, 0.5, 1, 0.01] },
    { type: "matrix", matrix: noiseMatrix({ type: "symmetric", rate: 0.12 }, NAMES) },
  ];
  it.each(specs)("changes the requested share of each class, to within one row ($type)", (spec) => {
    const matrix = noiseMatrix(spec, NAMES);
    const { labels: given, changed, joint } = injectNoise(labels, NAMES, spec, 1);
    const counted = new Uint32Array(36);
    given.forEach((label, i) => {
      const cell = labels[i]! * 6 + label;
      counted[cell] = counted[cell]! + 1;
    });
    expect(joint).toEqual(counted);
    expect(changed).toBe(given.filter((label, i) => label !== labels[i]).length);
    matrix.flat().forEach((share, cell) => {
      expect(Math.abs(joint[cell]! - 1000 * share)).toBeLessThanOrEqual(1);
    });
  });

  it("is the same for the same seed, and leaves the true labels alone", () => {
    const before = labels.slice();
    const spec = { type: "symmetric", rate: 0.2 } as const;
    expect(injectNoise(labels, NAMES, spec, 5)).toEqual(injectNoise(labels, NAMES, spec, 5));
    expect(injectNoise(labels, NAMES, spec, 5).labels).not.toEqual(
      injectNoise(labels, NAMES, spec, 6).labels,
    );
    expect(labels).toEqual(before);
  });

  it("has no bias in small classes: over many seeds the mean is the rate", () => {
    const few = Int32Array.from([0, 0, 0]);
    const many = Array.from({ length: 15 }, (_, i) => `c${i}`);
    const spec = { type: "symmetric", rate: 0.2 } as const;
    let changed = 0;
    const perRow = [0, 0, 0];
    for (let seed = 0; seed < 4000; seed += 1) {
      const noisy = injectNoise(few, many, spec, seed);
      changed += noisy.changed;
      noisy.labels.forEach((label, i) => {
        if (label !== 0) perRow[i] = perRow[i]! + 1;
      });
    }
    expect(changed / 4000).toBeCloseTo(0.6, 1);
    for (const count of perRow) expect(Math.abs(count - 800)).toBeLessThan(5 * Math.sqrt(640));
  });

  it("keeps every count a whole number and each class's total, for any matrix", () => {
    const cases = fc.record({
      weights: fc.array(fc.array(fc.nat(20), { minLength: 4, maxLength: 4 }), {
        minLength: 4,
        maxLength: 4,
      }),
      given: fc.array(fc.nat(3), { maxLength: 60 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(cases, ({ weights, given, seed }) => {
        const matrix = weights.map((row, i) => {
          const sum = row.reduce((a, b) => a + b, 0);
          return row.map((weight, j) => (sum === 0 ? Number(i === j) : weight / sum));
        });
        const truth = Int32Array.from(given);
        const spec = { type: "matrix", matrix } as const;
        const { joint } = injectNoise(truth, ["a", "b", "c", "d"], spec, seed);
        for (let i = 0; i < 4; i += 1) {
          const n = given.filter((label) => label === i).length;
          const row = joint.slice(i * 4, i * 4 + 4);
          expect(row.reduce((a, b) => a + b, 0)).toBe(n);
          row.forEach((count, j) => {
            expect(Math.abs(count - n * (matrix[i]?.[j] ?? 0))).toBeLessThan(1 + 1e-9);
          });
        }
      }),
    );
  });

  it("pairs sisters in a ring under each parent", () => {
    expect(sisterPairs(NAMES)).toEqual([
      [0, 1],
      [1, 2],
      [2, 0],
      [3, 4],
      [4, 3],
    ]);
  });

  it("refuses invalid noise", () => {
    const wrong: NoiseSpec[] = [
      { type: "symmetric", rate: 1.1 },
      { type: "symmetric", rate: Number.NaN },
      { type: "by-class", rates: [0.1] },
      { type: "pair", rate: 0.1, pairs: [[0, 6]] },
      { type: "pair", rate: 0.1, pairs: [[2, 2]] },
      { type: "matrix", matrix: [[1]] },
      { type: "matrix", matrix: NAMES.map(() => NAMES.map(() => 0.5)) },
    ];
    for (const spec of wrong) {
      expect(() => injectNoise(labels, NAMES, spec, 1)).toThrow(
        expect.objectContaining({ code: "bad-noise" }),
      );
    }
    expect(() =>
      injectNoise(Int32Array.from([6]), NAMES, { type: "symmetric", rate: 0.1 }, 1),
    ).toThrow(/class index 6/);
  });
});
