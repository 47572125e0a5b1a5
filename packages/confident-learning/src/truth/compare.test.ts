import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generator, randomMatrix } from "../../oracle/random-matrix.js";
import {
  arraySource,
  compareWithTruth,
  findLabelIssues,
  findLabelIssuesPerFold,
  splitByFold,
} from "../index.js";
import { averagePrecision } from "./average-precision.js";

/** By the definition: for each row, the precision among all rows with its score or a higher one. */
function slowAveragePrecision(suspicion: number[], wrong: boolean[]): number | null {
  const errors = wrong.filter(Boolean).length;
  if (errors === 0) return null;
  let sum = 0;
  suspicion.forEach((score, i) => {
    if (!wrong[i]) return;
    const above = suspicion.flatMap((other, j) => (other >= score ? [wrong[j]] : []));
    sum += above.filter(Boolean).length / above.length;
  });
  return sum / errors;
}

describe("average precision", () => {
  it("equals its definition, ties included", () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: -4, max: 4 }), fc.boolean()), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(rows, (drawn) => {
        const of = (kind: boolean) =>
          Float64Array.from(drawn.flatMap(([score, wrong]) => (wrong === kind ? [score] : [])));
        const expected = slowAveragePrecision(
          drawn.map(([score]) => score),
          drawn.map(([, wrong]) => wrong),
        );
        const found = averagePrecision(of(true), of(false));
        if (expected === null) expect(found).toBeNull();
        else expect(found).toBeCloseTo(expected, 12);
      }),
      { numRuns: 500 },
    );
  });

  it("of known rankings: best, worst, all tied, and one worked by hand", () => {
    const ap = (wrong: number[], right: number[]) =>
      averagePrecision(Float64Array.from(wrong), Float64Array.from(right));
    expect(ap([9, 8], [2, 1])).toBe(1);
    expect(ap([1], [9, 8, 7])).toBe(0.25);
    expect(ap([5, 5], [5, 5, 5, 5])).toBeCloseTo(1 / 3, 12);
    // 0.9 wrong, 0.8 right, 0.7 wrong and right: 1/2 * 1 + 1/2 * 2/4
    expect(ap([0.9, 0.7], [0.8, 0.7])).toBe(0.75);
    expect(ap([], [1])).toBeNull();
  });
});

/** Seeded rows of K classes, some labels wrong, some true labels not known. */
function noisyRows(seed: number, withUnknown: boolean) {
  const random = generator(seed);
  const { labels, probs: rows, k, single } = randomMatrix(random);
  const probs = single ? Float32Array.from(rows.flat()) : Float64Array.from(rows.flat());
  const truth = Int32Array.from(labels, (label) => {
    if (withUnknown && random() < 0.2) return -1;
    return random() < 0.7 ? label : Math.floor(random() * k);
  });
  return { labels, probs, k, truth };
}

describe("a result compared with the true labels", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "counts and ranks like a plain loop (seed %i)",
    async (seed) => {
      const { labels, probs, k, truth } = noisyRows(seed * 7919, seed % 2 === 0);
      const semantics = seed % 3 === 0 ? "cleanlab-2" : "cleanlab-1.0.1";
      const issues = await findLabelIssues(arraySource(labels, probs, k), {
        semantics,
        everyRow: true,
      });
      const posterior = await findLabelIssues(arraySource(labels, probs, k), {
        semantics,
        method: "posterior",
        posteriorCut: 0,
        order: "none",
      });
      const found = compareWithTruth(issues, truth);
      if (found === undefined) throw new Error("no true label came");
      const known = [...truth.keys()].filter((i) => truth[i] !== -1);
      const wrong = known.map((i) => truth[i] !== labels[i]);
      const errors = wrong.filter(Boolean).length;
      expect(found).toMatchObject({ rows: known.length, errors, noiseRate: errors / known.length });
      const flagged = known.filter((i) => issues.indices.includes(i));
      const hits = flagged.filter((i) => truth[i] !== labels[i]).length;
      if (flagged.length > 0) expect(found.precision).toBeCloseTo(hits / flagged.length, 12);
      else expect(found.precision).toBeNull();
      if (errors > 0) expect(found.recall).toBeCloseTo(hits / errors, 12);
      const margins = known.map((i) => {
        const others = Array.from({ length: k }, (_, c) => c).filter((c) => c !== labels[i]);
        const largest = Math.max(...others.map((c) => probs[i * k + c]!));
        return largest - probs[i * k + labels[i]!]!;
      });
      expectClose(found.averagePrecision.normalizedMargin, slowAveragePrecision(margins, wrong));
      const doubt = known.map(
        (i) => posterior.flags[posterior.indices.indexOf(i)]?.errorProbability,
      );
      expectClose(found.averagePrecision.posterior, slowAveragePrecision(doubt as number[], wrong));
      const cell = (given: number, j: number) =>
        known.filter((i) => labels[i] === given && truth[i] === j).length / known.length;
      let distance = 0;
      issues.joint.forEach((row, given) => {
        row.forEach((estimated, j) => {
          expect(found.joint[given * k + j]).toBeCloseTo(cell(given, j), 12);
          distance += Math.abs(estimated - cell(given, j)) / 2;
        });
      });
      expect(found.totalVariation).toBeCloseTo(distance, 12);
      const ofClass = known.filter((i) => labels[i] === 0);
      const share = ofClass.filter((i) => truth[i] !== 0).length / Math.max(1, ofClass.length);
      expect(found.noise[0]).toBeCloseTo(share, 12);
    },
  );

  it("scoring every row does not change the result", async () => {
    const { labels, probs, k } = noisyRows(99, false);
    const plain = await findLabelIssues(arraySource(labels, probs, k));
    const scored = await findLabelIssues(arraySource(labels, probs, k), { everyRow: true });
    expect(scored.flags).toEqual(plain.flags);
    expect(plain.everyRow).toBeUndefined();
    expect(() => compareWithTruth(plain, labels)).toThrowError(/everyRow/);
  });

  it("per fold, rows keep their numbers, and those of a fold with one class rank last", async () => {
    const k = 3;
    const labels = [0, 1, 2, 0, 1, 2, 1, 1];
    const truth = [0, 1, 1, 2, 1, 2, 1, 0];
    const folds = [0, 0, 0, 1, 1, 1, 2, 2];
    const probs = Float64Array.from(
      labels.flatMap((label, i) => [0, 1, 2].map((c) => (c === label ? 0.3 + i / 50 : 0.3))),
    );
    const issues = await findLabelIssuesPerFold(splitByFold(arraySource(labels, probs, k), folds), {
      everyRow: true,
    });
    expect([...(issues.everyRow?.labels ?? [])]).toEqual(labels);
    const margins = [...(issues.everyRow?.margin ?? [])];
    expect(margins.slice(6)).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    margins.slice(0, 6).forEach((margin, i) => {
      expect(margin).toBeCloseTo(i / 50, 12);
    });
    const found = compareWithTruth(issues, truth);
    const wrong = truth.map((label, i) => label !== labels[i]);
    expect(found?.averagePrecision.normalizedMargin).toBeCloseTo(
      slowAveragePrecision(
        margins.map((margin) => -margin),
        wrong,
      ) as number,
      12,
    );
    expect(found).toMatchObject({ rows: 8, errors: 3 });
  });

  it("without any true label there is no comparison; an invalid one is named", async () => {
    const { labels, probs, k } = noisyRows(5, false);
    const issues = await findLabelIssues(arraySource(labels, probs, k), { everyRow: true });
    expect(
      compareWithTruth(
        issues,
        labels.map(() => -1),
      ),
    ).toBeUndefined();
    const beyond = labels.map(() => 0);
    beyond[2] = k;
    expect(() => compareWithTruth(issues, beyond)).toThrowError(/row 2/);
    expect(() => compareWithTruth(issues, [0])).toThrowError(/true labels/);
  });
});

function expectClose(found: number | null, expected: number | null): void {
  if (expected === null) expect(found).toBeNull();
  else expect(found).toBeCloseTo(expected, 12);
}
