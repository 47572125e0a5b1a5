import { expect, it } from "vitest";
import { columnsByName } from "../index.js";

it("each class has the column of its name", () => {
  expect([...columnsByName(["b", "c", "a"], ["a", "b", "c"])]).toEqual([2, 0, 1]);
});

it.each([
  ["case", "SPORT"],
  ["blanks", " sp ort\t"],
  ["width", "ｓｐｏｒｔ"],
  ["invisible characters", "s\u200bport\ufeff"],
])("a name that differs only in %s is unknown, with the class beside it", (_, name) => {
  expect(() => columnsByName([name, "news"], ["sport", "news"])).toThrow(
    `1 unknown: ${JSON.stringify(name)} (the class is "sport").`,
  );
});

it("of many names the first ten are shown", () => {
  const classes = Array.from({ length: 30 }, (_, c) => `class ${c}`);
  expect(() => columnsByName(classes.slice(0, 3), classes)).toThrow(
    /27 missing: "class 3", .*"class 12" and 17 more\.$/,
  );
});
