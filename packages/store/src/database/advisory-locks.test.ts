import { expect, it } from "vitest";
import { LOCK_CLASSES } from "./advisory-locks.js";

it("every class of advisory locks has a number of its own", () => {
  const numbers = Object.values(LOCK_CLASSES);
  expect(new Set<number>(numbers).size).toBe(numbers.length);
});
