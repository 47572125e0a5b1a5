import { expect, it } from "vitest";
import { judge } from "./judge.js";

it("counts rows by label and predicted class, and by confidence how often both agree", () => {
  const probabilities = [0.9, 0.1, 0.95, 0.05, 0.45, 0.55, 0.2, 0.8];
  const { confusion, bins } = judge(probabilities, [0, 1, 1, 1], 2);
  expect(confusion).toEqual([
    [1, 0],
    [1, 2],
  ]);
  expect(bins[9]).toEqual({ rows: 2, confidence: expect.closeTo(0.925), agreement: 0.5 });
  expect(bins[5]).toMatchObject({ rows: 1, agreement: 1 });
  expect(bins[0]).toBeNull();
});

it("puts a probability of one into the last range", () => {
  expect(judge([1, 0], [0], 2).bins[9]).toEqual({ rows: 1, confidence: 1, agreement: 1 });
});
