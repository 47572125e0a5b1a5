import { describe, expect, it } from "vitest";
import type { IngestOptions } from "../options/ingest-options.js";
import { readWhole } from "../reading/read-whole.js";

function read(file: string, options: Omit<IngestOptions, "format"> = {}, labelNames?: string[]) {
  return readWhole(file, { format: { type: "fasttext", labelNames }, ...options });
}

const FILE = [
  "__label__sauce __label__cheese How much does potato starch affect a cheese sauce recipe?",
  "__label__food-safety Dangerous pathogens,  capable of growing",
  "__label__cheese\ttabs  and\tblanks stay",
  "the label may come last __label__sauce",
  "or in __label__sauce the middle",
  "no label at all",
  "__label__cheese",
  "__label__ empty",
  "",
  "not__label__one __label__体育 “quotes” and , commas",
].join("\r\n");

describe("fasttext", () => {
  it("takes every word with the prefix for a label and the rest for the text", async () => {
    const whole = await read(FILE);
    expect(
      whole.samples.map(({ line, text, classIndex }) => [
        line,
        whole.classes[classIndex]?.name,
        text,
      ]),
    ).toEqual([
      [1, "sauce", "How much does potato starch affect a cheese sauce recipe?"],
      [2, "food-safety", "Dangerous pathogens,  capable of growing"],
      [3, "cheese", "tabs  and\tblanks stay"],
      [4, "sauce", "the label may come last"],
      [5, "sauce", "or in the middle"],
      [10, "体育", "not__label__one “quotes” and , commas"],
    ]);
    expect(whole.rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [6, "empty-label"],
      [7, "empty-text"],
      [8, "empty-label"],
      [9, "empty-line"],
    ]);
    expect(whole.profile.severalLabels).toBe(1);
  });

  it("knows several labels, policies and names", async () => {
    const file = "__label__1 __label__0 a\n__label__pos b\n__label__0 c\n";
    const all = await read(file, { labels: { policy: "all" } }, ["neg", "pos"]);
    expect(
      all.samples.map(({ allClassIndexes }) => allClassIndexes?.map((c) => all.classes[c]?.name)),
    ).toEqual([["pos", "neg"], ["pos"], ["neg"]]);
    const single = await read(file, { labels: { policy: "drop-multiple" } }, ["neg", "pos"]);
    expect(single.rejects).toMatchObject([{ line: 1, reason: "multiple-labels" }]);
  });

  it("keeps all labels of a row beside the one that counts", async () => {
    const { columns, samples } = await read(FILE);
    expect(columns.map(({ name, role }) => [name, role])).toEqual([
      ["label", "label"],
      ["text", "text"],
    ]);
    expect(samples.map(({ cells }) => cells)).toEqual([
      ['["sauce","cheese"]'],
      ...Array(5).fill(undefined),
    ]);
  });
});
