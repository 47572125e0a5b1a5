import { describe, expect, it } from "vitest";
import {
  type AnnotatorVotes,
  arraySource,
  ConfidentLearningError,
  consensusLabels,
  majorityVotes,
  votesOfTable,
} from "../index.js";

const PROBS = Float64Array.of(0.9, 0.1, 0.2, 0.8, 0.5, 0.5);
const source = (probs = PROBS, k = 2) => arraySource(new Int32Array(probs.length / k), probs, k);

async function codeOf(votes: AnnotatorVotes, probs = PROBS, k = 2): Promise<string> {
  const failure = await consensusLabels(votes, source(probs, k)).catch((error: unknown) => error);
  if (!(failure instanceof ConfidentLearningError)) throw new Error(`no error: ${failure}`);
  return `${failure.code}: ${failure.message}`;
}

describe("votes that allow no consensus", () => {
  it("one annotator, and annotators who share no row, are refused", async () => {
    expect(await codeOf(votesOfTable([0, 1, 1], 1))).toMatch(
      /^no-overlap: no row has votes of two/,
    );
    const apart = votesOfTable([0, -1, -1, 1, 0, -1], 2);
    expect(await codeOf(apart)).toMatch(/^no-overlap/);
    const nobody = votesOfTable([-1, -1, -1, -1, -1, -1], 2);
    expect(await codeOf(nobody)).toMatch(/^no-overlap/);
  });

  it("labels, annotators and probabilities out of range are named with their row", async () => {
    expect(await codeOf(votesOfTable([0, 0, 1, 2, 0, 0], 2))).toBe(
      "label-out-of-range: row 1: 2 is none of the 2 classes",
    );
    const votes = votesOfTable([0, 0, 1, 1, 0, 0], 2);
    const stranger = { ...votes, annotator: Int32Array.of(0, 1, 0, 2, 0, 1) };
    expect(await codeOf(stranger)).toBe("invalid-votes: row 1: 2 is none of the 2 annotators");
    const twice = { ...votes, annotator: Int32Array.of(0, 1, 1, 1, 0, 1) };
    expect(await codeOf(twice)).toBe("invalid-votes: row 1: annotator 1 has two votes; keep one");
    const short = { ...votes, starts: Int32Array.of(0, 2, 4) };
    expect(await codeOf(short)).toMatch(/^length-mismatch/);
    expect(await codeOf(votes, Float64Array.of(0.9, 0.1, 0.2, 1.8, 0.5, 0.5))).toMatch(
      /^probability-out-of-range: row 1, class 1/,
    );
    expect(await codeOf(votes, PROBS.subarray(0, 4))).toMatch(
      /^length-mismatch: 3 rows have votes/,
    );
    expect(await codeOf(votes, Float64Array.of(1, 1, 1), 1)).toMatch(/^one-class-only/);
    expect(() => votesOfTable([0, 1, 1], 2)).toThrow(/no table of 2/);
  });
});

describe("votes that leave something open", () => {
  it("a row without votes has the model's answer, and changes nobody's figures", async () => {
    const table = [0, 0, 1, 0, 1, 1];
    const without = await consensusLabels(votesOfTable(table, 2), source());
    const withRow = await consensusLabels(
      votesOfTable([...table, -1, -1], 2),
      source(Float64Array.of(...PROBS, 0.3, 0.7)),
    );
    expect(withRow.annotators).toEqual(without.annotators);
    expect(withRow.modelWeight).toBe(without.modelWeight);
    expect([withRow.majority[3], withRow.labels[3], withRow.quality[3]]).toEqual([-1, 1, 0.7]);
    expect(withRow.agreement[3]).toBeNaN();
  });

  it("an annotator without any vote has no figures but a weight", async () => {
    const { annotators } = await consensusLabels(
      votesOfTable([0, 0, -1, 1, 1, -1, 0, 1, -1], 3),
      source(),
    );
    const { votes, quality, agreementWithOthers, worstClass, weight } = annotators[2]!;
    expect([votes, quality, agreementWithOthers, worstClass]).toEqual([0, NaN, NaN, -1]);
    expect(weight).toBeGreaterThan(0);
  });

  it("the majority vote without a model breaks ties by the votes of all rows", () => {
    const table = [2, 1, 0, 2, 1, 0, 2, 2, -1, -1];
    expect([...majorityVotes(votesOfTable(table, 2), 3)]).toEqual([2, 2, 0, 2, -1]);
    expect([...majorityVotes(votesOfTable([1, 0], 2), 2)]).toEqual([0]);
  });
});
