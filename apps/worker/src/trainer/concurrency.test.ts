import { expect, it } from "vitest";
import { trainerConcurrency } from "./concurrency.js";

it("one fold a GPU, however many cores there are, unless a number is asked for", () => {
  expect(trainerConcurrency(null, 2, 16)).toBe(2);
  expect(trainerConcurrency("cores", 2, 16)).toBe(2);
  expect(trainerConcurrency(4, 2, 16)).toBe(4);
});

it("without a GPU two at most, or one a core if asked for", () => {
  expect(trainerConcurrency(null, 0, 16)).toBe(2);
  expect(trainerConcurrency(null, 0, 1)).toBe(1);
  expect(trainerConcurrency("cores", 0, 16)).toBe(16);
});
