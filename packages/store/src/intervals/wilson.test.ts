import { expect, it } from "vitest";
import { proportion, wilson } from "./wilson.js";

it("is the interval of Wilson's formula", () => {
  // R: prop.test(15, 50, correct = FALSE)$conf.int
  const { low, high } = wilson(0.3, 50);
  expect(low).toBeCloseTo(0.19103, 4);
  expect(high).toBeCloseTo(0.43748, 4);
  expect(proportion(15, 50)).toEqual({ estimate: 0.3, low, high, method: "wilson" });
});

it("stays between nothing and all, and says nothing without rows", () => {
  expect(wilson(0, 10).low).toBe(0);
  expect(wilson(1, 10).high).toBe(1);
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  expect(proportion(0, 0)).toBeNull();
});
