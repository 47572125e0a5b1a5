import { describe, expect, it } from "vitest";
import { generator } from "../../oracle/random-matrix.js";
import { labelConflicts } from "./label-conflicts.js";
import { labelOrder } from "./label-order.js";
import { outliers } from "./outliers.js";
import { chiSquareTail, holm, normalQuantile, upperTail } from "./significance.js";
import { type RowGrouping, weakGroups } from "./weak-groups.js";

function normal(draw: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

/** Labels of skewed classes in random order. */
const shuffled = (n: number, k: number, draw: () => number): number[] =>
  Array.from({ length: n }, () => Math.floor(k * draw() ** 1.5));

describe("significance", () => {
  it("has the tails of tables", () => {
    for (const [z, tail] of [
      [0, 0.5],
      [1, 0.158655254],
      [1.959963985, 0.025],
      [2.999, 0.001354],
      [3.001, 0.001345],
      [6, 9.8659e-10],
      [-1, 0.841344746],
    ] as const) {
      expect(upperTail(z) / tail).toBeCloseTo(1, 3);
    }
    expect(normalQuantile(0.025)).toBeCloseTo(1.959964, 5);
    expect(normalQuantile(5e-6)).toBeCloseTo(4.417173, 4);
    for (const [x, degrees, tail] of [
      [16.919, 9, 0.05],
      [45.642, 9, 7e-7],
      [124.342, 100, 0.05],
    ] as const) {
      expect(Math.log10(chiSquareTail(x, degrees) / tail)).toBeCloseTo(0, 0);
    }
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([])).toEqual([]);
  });
});

describe("the order of labels", () => {
  it("expects as many equal neighbours as all orders have on average, and their spread", () => {
    // Every order of a, a, a, b, b, c.
    const found: number[] = [];
    const place = (left: number[], order: number[]): void => {
      if (left.every((one) => one === 0)) {
        found.push(order.filter((one, i) => i > 0 && one === order[i - 1]).length);
        return;
      }
      left.forEach((one, c) => {
        if (one > 0) place(left.with(c, one - 1), [...order, c]);
      });
    };
    place([3, 2, 1], []);
    const mean = found.reduce((sum, one) => sum + one, 0) / found.length;
    const variance = found.reduce((sum, one) => sum + (one - mean) ** 2, 0) / found.length;
    const { neighbours } = labelOrder([0, 0, 0, 1, 1, 2], 3);
    expect(neighbours).toMatchObject({ pairs: 5, equal: 3 });
    expect(neighbours.expected).toBeCloseTo(mean, 12);
    expect(neighbours.p).toBeCloseTo(2 * upperTail((3 - mean) / Math.sqrt(variance)), 12);
  });

  it("is silent about 300 files in random order, and its p-values are spread evenly", () => {
    const draw = generator(11);
    const found = Array.from({ length: 300 }, (_, i) =>
      labelOrder(shuffled(400 + i, 2 + (i % 9), draw), 12),
    );
    expect(found.filter(({ flagged }) => flagged)).toHaveLength(0);
    for (const level of [0.05, 0.5]) {
      const runs = found.filter(({ neighbours }) => neighbours.p < level).length / 300;
      const drift = found.filter((one) => one.drift!.p < level).length / 300;
      expect(Math.abs(runs - level)).toBeLessThan(0.09);
      expect(Math.abs(drift - level)).toBeLessThan(0.09);
    }
  });

  it("is seen in sorted files, in ones that take turns, and in ones whose classes drift", () => {
    const draw = generator(2);
    const random = shuffled(1000, 4, draw);
    expect(labelOrder(random.toSorted(), 4)).toMatchObject({ flagged: true, kind: "sorted" });
    const turns = Array.from({ length: 1000 }, (_, i) => i % 4);
    expect(labelOrder(turns, 4)).toMatchObject({ flagged: true, kind: "alternating" });
    const drifting = Array.from({ length: 3000 }, (_, i) =>
      draw() < 0.2 + (0.4 * i) / 3000 ? 0 : 1 + Math.floor(3 * draw()),
    );
    expect(labelOrder(drifting, 4)).toMatchObject({ flagged: true, kind: "drifting" });
    // Pages of a crawl: 20 rows of one class, then the next.
    const pages = Array.from({ length: 1000 }, (_, i) =>
      i % 20 === 0 ? 0 : random[Math.floor(i / 20)]!,
    );
    expect(labelOrder(pages, 4).kind).toBe("sorted");
  });

  it("of no rows, one row or one class says nothing", () => {
    for (const labels of [[], [0], [0, 0, 0, 0]]) {
      expect(labelOrder(labels, 2)).toMatchObject({ flagged: false, drift: null, p: 1 });
    }
  });
});

describe("weak groups", () => {
  /** Classes of different accuracy; groups at random, but for one where the model is weak. */
  function rowsOf(seed: number, n: number, weakBy: number) {
    const draw = generator(seed);
    const labels = shuffled(n, 5, draw);
    const sources = Int32Array.from({ length: n }, () => Math.floor(8 * draw()));
    // Mostly of one class: its accuracy is the class's, and no weakness of the group.
    const ofClass = Int32Array.from(labels, (label) =>
      draw() < 0.9 ? label : Math.floor(5 * draw()),
    );
    const right = Uint8Array.from(labels, (label, i) =>
      draw() < 0.95 - 0.12 * label - (sources[i] === 3 ? weakBy : 0) ? 1 : 0,
    );
    const named = (by: string, of: Int32Array): RowGrouping => ({
      ...{ by, of, isOfClasses: false },
      groups: Array.from({ length: 8 }, (_, g) => `${by} ${g}`),
    });
    return weakGroups([named("source", sources), named("class-like", ofClass)], {
      labels,
      right,
      k: 5,
    });
  }

  it("are not found in nineteen of twenty sets that have none", () => {
    const found = Array.from({ length: 300 }, (_, i) => rowsOf(100 + i, 800, 0));
    expect(found.filter((one) => one.found.length > 0).length).toBeLessThanOrEqual(15);
    expect(found[0]).toMatchObject({ tested: expect.any(Number), level: 0.05 });
  });

  it("are found where there is one, with an interval that has its accuracy, and no other", () => {
    let covered = 0;
    for (let i = 0; i < 40; i++) {
      const { found } = rowsOf(500 + i, 3000, 0.2);
      expect(found.map(({ group }) => group)).toContain("source 3");
      const [{ accuracy, expected, lost, rows, p, adjustedP }] = found as [(typeof found)[number]];
      expect(lost).toBeCloseTo(rows * (expected - accuracy.estimate), 6);
      expect(adjustedP).toBeGreaterThanOrEqual(p);
      if (accuracy.low < expected - 0.16 && accuracy.high > expected - 0.21) covered += 1;
    }
    expect(covered).toBeGreaterThanOrEqual(36);
  });

  it("of classes are compared with all other rows", () => {
    const labels = Array.from({ length: 400 }, (_, i) => (i < 200 ? 0 : 1));
    const right = Uint8Array.from(labels, (label, i) => (label === 0 ? Number(i % 2 === 0) : 1));
    const of = Int32Array.from(labels);
    const grouping = { by: "parent class", groups: ["a", "b"], of };
    const asked = { labels, right, k: 2 };
    const found = weakGroups([{ ...grouping, isOfClasses: true }], asked).found;
    expect(found).toMatchObject([{ group: "a", rows: 200, expected: 1, lost: 100 }]);
    expect(weakGroups([{ ...grouping, isOfClasses: false }], asked).found).toEqual([]);
  });
});

describe("label conflicts", () => {
  it("are the groups with several labels, the most divided first", () => {
    //            0  1  2  3  4  5  6  7  8
    const groups = Int32Array.of(0, 0, 2, 2, 2, 5, 5, 7, 8);
    const labels = [1, 2, 0, 0, 1, 3, 3, 0, 0];
    expect(labelConflicts(groups, labels)).toEqual({
      ...{ groups: 3, conflicting: 2, rows: 5 },
      found: [
        {
          rows: [0, 1],
          labels: [
            { label: 1, rows: 1 },
            { label: 2, rows: 1 },
          ],
          score: 0.5,
        },
        {
          rows: [2, 3, 4],
          labels: [
            { label: 0, rows: 2 },
            { label: 1, rows: 1 },
          ],
          score: 1 - 2 / 3,
        },
      ],
    });
  });
});

describe("outliers", () => {
  const sizes = (n: number, draw: () => number) =>
    Int32Array.from({ length: n }, () => 10 + Math.floor(90 * draw()));

  it("are not found in 19 of 20 sets that have none, whatever their size, though long rows fit better", () => {
    let alarms = 0;
    for (let i = 0; i < 100; i++) {
      const draw = generator(900 + i);
      const own = sizes(i % 2 === 0 ? 500 : 4000, draw);
      const typicality = Float32Array.from(own, (size) => 0.1 + 0.002 * size + 0.02 * normal(draw));
      if (outliers(typicality, own).rows.length > 0) alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(5);
  });

  it("are found, the oddest first, also among long rows that fit better than short ones", () => {
    const draw = generator(7);
    const own = sizes(3000, draw);
    const typicality = Float32Array.from(own, (size) => 0.1 + 0.002 * size + 0.01 * normal(draw));
    own[5] = 99;
    typicality[5] = 0.15;
    own[6] = 12;
    typicality[6] = 0.02;
    const { rows, scores, cut } = outliers(typicality, own);
    expect(Array.from(rows)).toEqual(expect.arrayContaining([5, 6]));
    expect(rows.length).toBeLessThanOrEqual(3);
    expect(scores[rows[0]!]).toBeGreaterThanOrEqual(scores[rows[1]!]!);
    expect(scores[rows[1]!]).toBeGreaterThan(cut);
  });

  it("of no rows, or of rows that are all alike, are none", () => {
    expect(outliers(new Float32Array(0), []).rows).toHaveLength(0);
    expect(outliers(new Float32Array(200), new Int32Array(200)).rows).toHaveLength(0);
  });
});
