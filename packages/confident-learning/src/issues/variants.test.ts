import { describe, expect, it } from "vitest";
import { generator, randomMatrix } from "../../oracle/random-matrix.js";
import {
  arraySource,
  estimateMemory,
  findLabelIssues,
  findLabelIssuesPerFold,
  findMultiLabelIssues,
  multiLabelArraySource,
  type ProbabilitySource,
  softLabels,
  splitByFold,
  transitionOf,
} from "../index.js";

function matrices(
  count: number,
): { labels: Int32Array; probs: Float32Array | Float64Array; k: number }[] {
  return Array.from({ length: count }, (_, seed) => {
    const { labels, probs, k, single } = randomMatrix(generator(40_000 + seed));
    const flat = probs.flat();
    return {
      labels: Int32Array.from(labels),
      probs: single ? Float32Array.from(flat) : Float64Array.from(flat),
      k,
    };
  });
}

describe("scope fold", () => {
  it("is each fold's own result, merged by score", async () => {
    for (const { labels, probs, k } of matrices(60)) {
      const folds = labels.map((_, i) => i % 3);
      const options = { keepAtLeastPerClass: 0, order: "prob_given_label" } as const;
      const merged = await findLabelIssuesPerFold(
        splitByFold(arraySource(labels, probs, k, 7), folds),
        options,
      );
      const expected: { row: number; self: number; suggested: number }[] = [];
      for (const fold of [0, 1, 2]) {
        const rows = [...labels.keys()].filter((i) => folds[i] === fold);
        const own = labels.filter((_, i) => folds[i] === fold);
        if (new Set(own).size < 2) continue;
        const part = Float64Array.from(
          rows.flatMap((i) => [...probs.subarray(i * k, (i + 1) * k)]),
        );
        const typed = probs instanceof Float32Array ? Float32Array.from(part) : part;
        const { flags } = await findLabelIssues(arraySource(own, typed, k), options);
        for (const flag of flags) {
          expected.push({
            row: rows[flag.index]!,
            self: flag.selfConfidence,
            suggested: flag.suggested,
          });
        }
      }
      expected.sort((a, b) => a.self - b.self || a.row - b.row);
      expect([...merged.indices]).toEqual(expected.map(({ row }) => row));
      expect(merged.flags.map(({ suggested }) => suggested)).toEqual(
        expected.map((e) => e.suggested),
      );
      expect(merged.flags.map(({ rank }) => rank)).toEqual(expected.map((_, place) => place + 1));
      expect(merged.counts.flagged).toBe(expected.length);
      const judged = merged.folds.flatMap(({ issues }) => (issues ? [issues.counts.examples] : []));
      const total = merged.confidentJoint.flat().reduce((a, b) => a + b, 0);
      expect(total).toBe(judged.reduce((a, b) => a + b, 0));
    }
  });

  it("one fold is the same as the whole", async () => {
    for (const { labels, probs, k } of matrices(20)) {
      const source = arraySource(labels, probs, k);
      const whole = await findLabelIssues(source);
      const folded = await findLabelIssuesPerFold(
        splitByFold(
          source,
          labels.map(() => 4),
        ),
      );
      expect(folded.flags).toEqual(whole.flags);
      expect(folded.thresholds).toEqual(whole.thresholds);
      expect(folded.counts).toEqual(whole.counts);
      expect(folded.joint).toEqual(whole.joint);
    }
  });

  it("a fold with one class is skipped and reported", async () => {
    const labels = [0, 1, 0, 1, 1, 1];
    const probs = Float32Array.from(labels.flatMap((s) => (s === 0 ? [0.8, 0.2] : [0.3, 0.7])));
    const source = arraySource(labels, probs, 2);
    const found = await findLabelIssuesPerFold(splitByFold(source, [0, 0, 0, 0, 1, 1]));
    expect(found.warnings.map(({ code }) => code)).toContain("fold-one-class");
    expect(found.folds[1]?.issues).toBeUndefined();
  });

  it("a row in two folds, or none, is an error", async () => {
    const source = arraySource([0, 1], new Float32Array([1, 0, 0, 1]), 2);
    const twice = { fold: 0, rows: Int32Array.from([0, 0]), source };
    await expect(findLabelIssuesPerFold([twice])).rejects.toThrow("row 0");
    expect(() => splitByFold(source, [0])).toThrow("2 rows and 1 folds");
  });
});

describe("reads of the source", () => {
  it("the matrix is read three times and its blocks may reuse their memory", async () => {
    for (const { labels, probs, k } of matrices(40)) {
      const plain = arraySource(labels, probs, k, 5);
      let reads = 0;
      const reusing: ProbabilitySource = {
        ...plain,
        async *blocks() {
          reads += 1;
          const memory =
            probs instanceof Float32Array ? new Float32Array(5 * k) : new Float64Array(5 * k);
          for await (const block of plain.blocks()) {
            memory.set(block.probs);
            yield { ...block, probs: memory.subarray(0, block.rows * k) };
            memory.fill(Number.NaN);
          }
        },
      };
      const a = await findLabelIssues(reusing, { order: "posterior" });
      const b = await findLabelIssues(plain, { order: "posterior" });
      expect(a.flags).toEqual(b.flags);
      expect(reads).toBe(3);
    }
  });

  it("very many ties at a cut cost one more read, not memory, and do not change the result", async () => {
    // one-hot and uniform rows: the calibrated counts exceed the certain mistakes, so that every
    // wrong or uniform row of a class ties at every cut, more often than the budget of a million
    const n = 60_000;
    const k = 60;
    const random = generator(5);
    const labels = Int32Array.from({ length: n }, () => Math.floor(random() * k));
    const probs = new Float32Array(n * k);
    for (let i = 0; i < n; i++) {
      const kind = random();
      if (kind < 0.4) probs.fill(1 / k, i * k, (i + 1) * k);
      else probs[i * k + (kind < 0.7 ? Math.floor(random() * k) : labels[i]!)] = 1;
    }
    const source = arraySource(labels, probs, k);
    let reads = 0;
    const counting: ProbabilitySource = {
      ...source,
      blocks: () => {
        reads += 1;
        return source.blocks();
      },
    };
    const found = await findLabelIssues(counting, { order: "none" });
    expect(reads).toBe(4);
    const disagreeing = await findLabelIssues(source, { method: "argmax", order: "none" });
    expect(found.indices).toEqual(disagreeing.indices);
    for (const flag of found.flags.slice(0, 500)) {
      const margin = probs[flag.index * k + flag.reason.trueClass]! - flag.selfConfidence;
      expect(margin).toBeGreaterThanOrEqual(flag.reason.cut ?? 1);
      expect(flag.errorProbability).toBeGreaterThan(0);
    }
  });
});

describe("soft labels", () => {
  it("are the posterior: its first class is the suggestion, all of them sum to 1", async () => {
    for (const { labels, probs, k } of matrices(40)) {
      const source = arraySource(labels, probs, k, 9);
      const found = await findLabelIssues(source, { method: "posterior", posteriorCut: 0 });
      const byRow = new Map(found.flags.map((flag) => [flag.index, flag]));
      const transition = transitionOf(found.posteriorJoint, k);
      for await (const block of softLabels(source, transition, { top: k })) {
        for (let i = 0; i < block.rows; i++) {
          const flag = byRow.get(block.start + i);
          const weights = block.probabilities.subarray(i * k, (i + 1) * k);
          const classes = block.classes.subarray(i * k, (i + 1) * k);
          expect(classes[0]).toBe(flag?.suggested);
          expect(weights[0]).toBeCloseTo(flag?.suggestedProbability ?? -1, 12);
          expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
          expect(new Set(classes).size).toBe(k);
          const given = weights[classes.indexOf(labels[block.start + i]!)]!;
          expect(1 - given).toBeCloseTo(flag?.errorProbability ?? -1, 12);
        }
      }
    }
  });
});

describe("multi-label", () => {
  it("a class that every row has, or none, is left out and causes no failure", async () => {
    const labels = [[0, 1], [0], [0, 1], [0]];
    const probs = Float64Array.from(
      labels.flatMap((own) => [0, 1, 2].map((c) => (own.includes(c) ? 0.9 : 0.2))),
    );
    const found = await findMultiLabelIssues(multiLabelArraySource(labels, probs, 3));
    expect(found.classes.map((issues) => issues !== undefined)).toEqual([false, true, false]);
    expect(found.scores).toHaveLength(4);
  });

  it("a label outside the classes names its row", () => {
    expect(() => multiLabelArraySource([[0], [7]], new Float64Array(4), 2)).toThrow(
      "row 1: the label 7",
    );
  });
});

describe("the report", () => {
  it("its stages add up and its flags say why", async () => {
    for (const { labels, probs, k } of matrices(60)) {
      const found = await findLabelIssues(arraySource(labels, probs, k), {
        keepAtLeastPerClass: 0,
        precision: "source",
      });
      const { counts } = found;
      expect(counts.examples).toBe(labels.length);
      expect(counts.prunedBeforeAgreement).toBe(counts.flagged + counts.droppedByAgreement);
      expect(counts.flagged).toBe(found.flags.length);
      const sum = (rows: number[][]) => rows.flat().reduce((a, b) => a + b, 0);
      expect(counts.confident).toBeLessThanOrEqual(sum(found.confidentJointRaw));
      expect(sum(found.confidentJoint)).toBe(labels.length);
      expect(sum(found.joint)).toBeCloseTo(1, 9);
      expect(found.offDiagonalRows).toHaveLength(counts.offDiagonal);
      for (const flag of found.flags) {
        expect(flag.given).toBe(labels[flag.index]);
        expect(flag.suggested).not.toBe(flag.given);
        const { reason } = flag;
        expect(reason.givenClass).toBe(flag.given);
        expect(reason.trueClass).not.toBe(flag.given);
        const exact = probs[flag.index * k + reason.trueClass]! - flag.selfConfidence;
        const margin = probs instanceof Float32Array ? Math.fround(exact) : exact;
        expect(margin).toBeGreaterThanOrEqual(reason.cut ?? Number.POSITIVE_INFINITY);
      }
      for (const { a, b, joint } of found.health.pairs) {
        expect(joint).toBeCloseTo(found.joint[a]![b]! + found.joint[b]![a]!, 12);
      }
      expect(JSON.parse(JSON.stringify(found)).counts).toEqual(counts);
    }
  });

  it("the predicted memory grows with rows and classes, not with their product", () => {
    const full = estimateMemory(2_906_829, 428);
    expect(full.total).toBeLessThan(600e6);
    expect(estimateMemory(2_906_829, 856).rows).toBe(full.rows);
    expect(full.total).toBeGreaterThan(100e6);
  });
});
