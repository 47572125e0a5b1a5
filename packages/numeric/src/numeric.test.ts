import { describe, expect, it } from "vitest";
import { mixIds } from "./hash.js";
import { createRandom, shuffle } from "./random.js";
import { softmaxInto } from "./softmax.js";

describe("seeded random streams", () => {
  it("give the numbers that they gave when the recorded results were made", () => {
    const random = createRandom(7, "dropout", 3);
    expect([random.bits(), random.bits()]).toEqual([369514386, -1808360785]);
    expect(random.uniform()).toBe(0.9268727623857558);
    expect(random.normal()).toBe(-0.5577810919827);
    expect(random.below(100)).toBe(13);
    expect(shuffle(createRandom(1, "x"), [0, 1, 2, 3, 4, 5, 6, 7])).toEqual([
      6, 5, 4, 2, 0, 7, 3, 1,
    ]);
  });

  it("are of their own for each seed, use and place in the run", () => {
    const streams = [
      createRandom(1, "batches", 0),
      createRandom(2, "batches", 0),
      createRandom(1, "dropout", 0),
      createRandom(1, "batches", 1),
    ];
    expect(new Set(streams.map((random) => random.bits())).size).toBe(streams.length);
    expect(createRandom(1, "batches", 0).bits()).toBe(createRandom(1, "batches", 0).bits());
  });
});

describe("softmax", () => {
  it("gives shares that sum to 1, however large the logits are", () => {
    const out = new Float64Array(3);
    expect(softmaxInto(Float64Array.of(1000, 1000 + Math.log(2), -Infinity), out)).toBe(true);
    expect([...out]).toEqual([expect.closeTo(1 / 3, 12), expect.closeTo(2 / 3, 12), 0]);
  });

  it("returns false and writes nothing where a logit is not finite", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const out = Float64Array.of(7, 7);
      expect(softmaxInto(Float64Array.of(0, value), out)).toBe(false);
      expect([...out]).toEqual([7, 7]);
    }
  });
});

it("the hash of ids depends on their order", () => {
  expect([mixIds(3, 7), mixIds(7, 3)]).toEqual([2878317093, 1033958269]);
});
