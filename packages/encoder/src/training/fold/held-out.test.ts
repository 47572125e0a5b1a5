import { describe, expect, it } from "vitest";
import { bestEpoch } from "./held-out.js";

const best = (...losses: (number | null)[]) =>
  bestEpoch(losses.map((heldOutLoss) => ({ heldOutLoss })));

describe("the best epoch of a fold", () => {
  it("is the first with the lowest held-out loss", () => {
    expect(best(0.7, 0.4, 0.4, 0.9)).toBe(1);
  });

  it.each([null, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "is never one with a loss of %s if another is finite",
    (bad) => {
      expect(best(bad, 0.9, 0.8)).toBe(2);
      expect(best(0.9, bad, 0.8)).toBe(2);
      expect(best(0.9, 0.8, bad)).toBe(1);
    },
  );

  it("is the first if no loss is finite", () => {
    expect(best(Number.NaN, null)).toBe(0);
  });
});
