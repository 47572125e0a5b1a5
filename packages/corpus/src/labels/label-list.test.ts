import { describe, expect, it } from "vitest";
import { readWhole } from "../reading/read-whole.js";
import { looksLikeLabelLists, parseLabelList } from "./label-list.js";

describe("parseLabelList", () => {
  // Written by Python 3.11 and numpy 2, and by JSON.
  it.each<[string, unknown[]]>([
    ["['a', 'b']", ["a", "b"]],
    ['["a","b"]', ["a", "b"]],
    [`["it's", 'say "x"', 'both \\' and "']`, ["it's", 'say "x"', "both ' and \""]],
    [
      "['back\\\\slash', 'tab\\t', 'nl\\n', '\\x07', '\\x85', '\\u200b', '\\U0001f600', '\\101', '\\d']",
      ["back\\slash", "tab\t", "nl\n", "\x07", "\x85", "\u200b", "\u{1f600}", "A", "\\d"],
    ],
    ['["\\ud83d\\ude00", "\\/"]', ["\u{1f600}", "/"]],
    ["[1, 2]", [1, 2]],
    ["[-1, +2, 6552368441838272771]", [-1, 2, 6552368441838272771n]],
    ["[1.0, 2.5, nan]", [1, 2.5]],
    ["[True, False, None]", [true, false]],
    ["[true, false, null]", [true, false]],
    ["[]", []],
    ["set()", []],
    ["('a',)", ["a"]],
    ["(1, 2)", [1, 2]],
    ["{'x'}", ["x"]],
    ["frozenset({'y'})", ["y"]],
    [
      "[np.int64(3), np.str_('q'), np.float64(1.5), np.True_, np.float64(nan)]",
      [3, "q", 1.5, true],
    ],
    ["['a' 'b']", ["a", "b"]],
    ["['a'\n 'b']", ["a", "b"]],
    ["array(['a', 'b'], dtype='<U1')", ["a", "b"]],
    ["array(['a', 'b'], dtype=object)", ["a", "b"]],
    ["[1 2]", [1, 2]],
    ["[1. 2.]", [1, 2]],
    ["['a, b', 'c]d', '[e]', '']", ["a, b", "c]d", "[e]", ""]],
    [" [ 'a' , ] ", ["a"]],
    ["[soft drinks, beer, 体育]", ["soft drinks", "beer", "体育"]],
    ["[1st, 2nd]", ["1st", "2nd"]],
  ])("reads %s", (field, labels) => {
    expect(parseLabelList(field)).toMatchObject({ labels, fault: null });
  });

  it.each([
    "a",
    "a, b",
    "",
    "(none)",
    "(1)",
    "{x}",
    "{'k': 'v'}",
    "[UNK] token",
    "set",
    "array",
    "'a'",
  ])("%s is no list", (field) => {
    expect(parseLabelList(field)).toBeNull();
  });

  it.each([
    ["['a', 'b'", "does not close"],
    ["['a', 'b", "unclear at character 7"],
    ["array(['a']", "does not close"],
    ["[['a'], ['b']]", "another list"],
    ["[1 2 ... 9]", "three dots"],
    ["['\\ud800']", "no character"],
    ["['\\x00']", "no character"],
    ["['\\U00110000']", "no character"],
    [`['${"a".repeat(70_000)}']`, "more than 65536 characters"],
  ])("says why %s cannot be read", (field, why) => {
    expect(parseLabelList(field)).toMatchObject({
      labels: null,
      fault: expect.stringContaining(why),
    });
  });
});

it("a column looks like lists only if nearly all of it is, with quotes or numbers", () => {
  expect(looksLikeLabelLists(["['a']", "['a', 'b']", "[]", ""])).toBe(true);
  expect(looksLikeLabelLists(["[0, 1]", "[2]"])).toBe(true);
  expect(looksLikeLabelLists(["[draft]", "[final]"])).toBe(false);
  expect(looksLikeLabelLists(["['a']", "a", "b"])).toBe(false);
  expect(looksLikeLabelLists(["[]", "[]"])).toBe(false);
  expect(looksLikeLabelLists(["", ""])).toBe(false);
  expect(looksLikeLabelLists(["a", "b"])).toBe(false);
});

describe("the option labelLists", () => {
  const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
  const csv = (cells: readonly string[]) =>
    `text,label\n${cells.map((cell, i) => `t${i},${quoted(cell)}`).join("\n")}\n`;

  it("reads the cells of a csv as several labels, under every policy", async () => {
    const file = csv(["['a', 'b']", '["b"]', "c", "[]", "['a', 'b'", "[None]", "['b', 'b']"]);
    const format = { type: "csv", labelLists: true } as const;
    const all = await readWhole(file, { format, labels: { policy: "all" } });
    expect(
      all.samples.map(({ allClassIndexes }) => allClassIndexes?.map((c) => all.classes[c]?.name)),
    ).toEqual([["a", "b"], ["b"], ["c"], ["b"]]);
    expect(all.rejects.map(({ line, reason, detail }) => [line, reason, detail])).toEqual([
      [5, "empty-label", "no label"],
      [6, "bad-label-list", `the list "['a', 'b'" cannot be read: its bracket does not close`],
      [7, "empty-label", "no label"],
    ]);
    expect(all.profile.severalLabels).toBe(2);
    const single = await readWhole(file, { format, labels: { policy: "drop-multiple" } });
    expect(single.samples.map(({ line }) => line)).toEqual([3, 4, 8]);
    const plain = await readWhole(file, { format: { type: "csv" } });
    expect(plain.classes.map(({ name }) => name)).toContain("['a', 'b']");
  });

  it("reads numbers in lists as indexes, and texts as names", async () => {
    const labelNames = ["1", "2", "3"];
    const file = csv(["[0, 2]", "['1']", "[1]", "[2]", "[3]"]);
    const format = { type: "csv", labelLists: true, labelNames } as const;
    const { samples, classes, rejects } = await readWhole(file, { format });
    expect(samples.map(({ classIndex }) => classes[classIndex]?.name)).toEqual([..."1123"]);
    expect(rejects).toMatchObject([{ line: 6, reason: "unknown-label" }]);
  });

  it("applies to true labels, to texts in jsonl, and beside a separator", async () => {
    const lines = [
      { text: "a", label: "['x', 'y']", gold: "['y']" },
      { text: "b", label: ["y", "x"], gold: "y;x" },
      { text: "c", label: "x;y", gold: "" },
    ];
    const file = lines.map((line) => JSON.stringify(line)).join("\n");
    const { samples, classes } = await readWhole(file, {
      format: { type: "jsonl", labelLists: true, labelSeparator: ";", trueLabelColumn: "gold" },
    });
    expect(
      samples.map(({ classIndex, trueClassIndex: c }) => [
        classes[classIndex]?.name,
        c === null ? null : classes[c]?.name,
      ]),
    ).toEqual([
      ["x", "y"],
      ["y", "y"],
      ["x", null],
    ]);
  });
});
