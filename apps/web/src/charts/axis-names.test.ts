import { expect, it } from "vitest";
import { axisNames } from "./axis-names.js";

const PATHS = ["a", "b", "c"].flatMap((group) =>
  Array.from({ length: 40 }, (_, i) => `${group}/${i}`),
);

it("names every class where each has a line of its own", () => {
  const names = axisNames(["x", "y"], { start: 0, cells: 2 }, 28);
  expect(names).toEqual([
    { name: "x", from: 0, to: 0.5 },
    { name: "y", from: 0.5, to: 1 },
  ]);
});

it("names none of many classes that have nothing in common", () => {
  const flat = Array.from({ length: 100 }, (_, i) => `class ${i}`);
  expect(axisNames(flat, { start: 0, cells: 100 }, 500)).toEqual([]);
});

it("names groups of paths until somebody zooms in", () => {
  const whole = axisNames(PATHS, { start: 0, cells: 120 }, 480);
  expect(whole.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  const part = axisNames(PATHS, { start: 38, cells: 4 }, 480);
  expect(part.map(({ name }) => name)).toEqual(["a/38", "a/39", "b/0", "b/1"]);
});
