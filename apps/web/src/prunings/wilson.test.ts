import { expect, it } from "vitest";
import { wilson } from "./wilson.js";

it("is the interval of Wilson's formula", () => {
  // R: prop.test(15, 50, correct = FALSE)$conf.int
  const [low, high] = wilson(0.3, 50);
  expect(low).toBeCloseTo(0.19103, 4);
  expect(high).toBeCloseTo(0.43748, 4);
});

it("stays between nothing and all, and says nothing without rows", () => {
  expect(wilson(0, 10)[0]).toBe(0);
  expect(wilson(1, 10)[1]).toBeCloseTo(1, 12);
  expect(wilson(0, 0)).toEqual([0, 1]);
});
