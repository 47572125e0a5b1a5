import { describe, expect, it } from "vitest";
import { meanInto, POOL_SHARES, poolInto, recipeFor, secondRoundWarnings } from "../index.js";

describe("a pool of members", () => {
  it("is their weighted geometric mean, none below 1e-6", () => {
    const given = Float64Array.of(0.5, 0.5, 0, 0.2, 0.3, 0.5);
    const quick = Float32Array.of(0.25, 0.75, 0, 1, 0, 0);
    const second = Float64Array.of(0.1, 0.1, 0.8, 1e-9, 0.5, 0.5);
    const out = new Float64Array(6);
    const members = [
      { probs: given, share: POOL_SHARES.given },
      { probs: quick, share: POOL_SHARES.quick },
      { probs: second, share: POOL_SHARES.second },
    ];
    poolInto(members, 3, out);
    for (const at of [0, 3]) {
      const powers = [0, 1, 2].map((j) =>
        members.reduce(
          (product, { probs, share }) => product * Math.max(1e-6, probs[at + j]!) ** share,
          1,
        ),
      );
      const sum = powers.reduce((a, b) => a + b);
      powers.forEach((power, j) => {
        expect(out[at + j]).toBeCloseTo(power / sum, 12);
      });
    }
    poolInto(members, 3, second);
    expect([...second]).toEqual([...out]);
  });

  it("the mean of members is that of each probability", () => {
    const out = new Float64Array(2);
    meanInto([Float64Array.of(1, 0), Float64Array.of(0.5, 0.5), Float64Array.of(0, 1)], 2, out);
    expect([...out]).toEqual([0.5, 0.5]);
  });

  it("members of other lengths, and no members, are refused", () => {
    const out = new Float64Array(4);
    const three = [{ probs: new Float64Array(3), share: 1 }];
    expect(() => poolInto(three, 2, out)).toThrow(/3 probabilities and room for 4/);
    expect(() => poolInto([], 2, out)).toThrow(/no probabilities/);
    expect(() => meanInto([new Float64Array(4)], 3, out)).toThrow(/room for 4 of 3 classes/);
  });
});

describe("the recipe for a size", () => {
  it.each([
    [1_000, 50, "full", "error_odds", 0],
    [999, 2, "quick", "error_odds", 1],
    [1_000, 51, "quick", "error_odds", 1],
    [2_997, 999, "quick", "error_odds", 1],
    [2_000, 700, "quick", "posterior", 1],
  ])("of %i rows and %i classes is %s, by %s", (n, k, rounds, order, warnings) => {
    const choice = recipeFor(n, k);
    expect([choice.rounds, choice.order, choice.warnings.length]).toEqual([
      rounds,
      order,
      warnings,
    ]);
  });
});

describe("a second round", () => {
  const issues = (rate: number, weight: number) =>
    ({ noise: { rate }, errorOdds: { weight } }) as Parameters<typeof secondRoundWarnings>[0];

  it("is warned of where few labels are wrong, and none more one way than the other", () => {
    const [warning] = secondRoundWarnings(issues(0.05, 0.1));
    expect(warning?.code).toBe("little-noise");
    expect(warning?.message).toMatch(/^about 5\.0 % .* \.02 of average precision/);
    expect(secondRoundWarnings(issues(0.2, 0.1))).toEqual([]);
    expect(secondRoundWarnings(issues(0.05, 1))).toEqual([]);
  });

  it("is not judged without the figures of error_odds", () => {
    expect(secondRoundWarnings({ ...issues(0.05, 0), errorOdds: undefined })).toEqual([]);
  });
});
