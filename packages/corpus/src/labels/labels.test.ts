import { describe, expect, it } from "vitest";
import type { IngestOptions } from "../options/ingest-options.js";
import { readWhole } from "../reading/read-whole.js";
import { suggestAliases } from "./aliases.js";

const MULTILEVEL = { type: "toutiao-multilevel" } as const;

async function namesOf(categories: readonly string[], labels: IngestOptions["labels"]) {
  const file = categories.map((field, i) => `${i}|,|${field}|,|t${i}|,||,|`).join("\n");
  const whole = await readWhole(file, { format: MULTILEVEL, labels });
  return {
    ...whole,
    names: whole.samples.map(({ classIndex }) => whole.classes[classIndex]?.name),
  };
}

describe("label policies", () => {
  it("applies aliases once, to whole paths and to cut ones", async () => {
    const aliases = [
      { from: "e-shop", to: "e_shop" },
      { from: "e_shop", to: "e-shop" },
      { from: "tech/net/old", to: "tech/web" },
    ];
    expect((await namesOf(["e-shop", "e_shop", "tech/net/old"], { aliases })).names).toEqual([
      "e_shop",
      "e-shop",
      "tech/web",
    ]);
    const cut = await namesOf(["e-shop/x", "b/c"], { aliases, level: 1 });
    expect(cut.names).toEqual(["e_shop", "b"]);
  });

  it('"all" counts the first class and names every one', async () => {
    const { samples, classes, names } = await namesOf(["b,a", "a,a,c/d", "c/d"], { policy: "all" });
    expect(names).toEqual(["b", "a", "c/d"]);
    expect(
      samples.map(({ allClassIndexes }) => allClassIndexes?.map((i) => classes[i]?.name)),
    ).toEqual([["b", "a"], ["a", "c/d"], ["c/d"]]);
  });

  it("counts classes first, leaves small ones out, and reports progress to the end", async () => {
    const categories = [..."aabbbcbd"];
    const file = categories.map((c, i) => `${i}|,|${c}|,|t${i}|,||,|`).join("\n");
    const seen: number[] = [];
    const whole = await readWhole(
      file,
      {
        format: MULTILEVEL,
        labels: { minPerClass: 2 },
        onProgress: (bytes) => seen.push(bytes),
      },
      10,
    );
    expect(whole.classes.map(({ name, count }) => [name, count])).toEqual([
      ["a", 2],
      ["b", 4],
    ]);
    expect(whole.rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [6, "class-too-small"],
      [8, "class-too-small"],
    ]);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(Buffer.byteLength(file));
  });

  it("reads labels as names or indexes of labelNames, and keeps their order", async () => {
    const labelNames = ["zero", "one", "1", "unused"];
    const whole = await readWhole("text,label\na,1\nb,zero\nc,0\nd,9\ne,one\n", {
      format: { type: "csv", labelNames },
    });
    expect(whole.classes.map(({ name, count }) => [name, count])).toEqual([
      ["zero", 2],
      ["one", 1],
      ["1", 1],
      ["unused", 0],
    ]);
    expect(whole.rejects).toMatchObject([{ line: 5, reason: "unknown-label" }]);
  });

  it("splits labels of other formats only on request", async () => {
    const file = "text,label\nx,a/b;c\ny,c\n";
    const plain = await readWhole(file, { format: { type: "csv" } });
    expect(plain.classes.map(({ name }) => name)).toEqual(["a/b;c", "c"]);
    expect(plain.profile.levels).toBeNull();
    const split = await readWhole(file, {
      format: { type: "csv", labelSeparator: ";" },
      labels: { level: 1 },
    });
    expect(split.classes.map(({ name }) => name)).toEqual(["a", "c"]);
  });

  it("rejects rows without required fields, and appends keywords to the text on request", async () => {
    const file =
      "1|,|a|,|one|,|k1,k2|,|x\n2|,|b|,|two|,||,|x\n3|,|b|,|three|,|k|,|\n4|,|b|,|four|,|k|,|x";
    const whole = await readWhole(file, {
      format: { ...MULTILEVEL, required: ["keywords", "label"], text: "title-keywords" },
    });
    expect(whole.samples.map(({ text }) => text)).toEqual(["one k1,k2", "four k"]);
    expect(whole.rejects.map(({ line, reason, detail }) => [line, reason, detail])).toEqual([
      [2, "missing-field", "no keywords"],
      [3, "missing-field", "no label"],
    ]);
  });

  it("counts classes at each level of their paths", async () => {
    const { profile } = await namesOf(["a/b/c", "a/b", "a", "d/e", "a/x,d"], { level: 1 });
    expect(profile.levels).toEqual([
      {
        level: 1,
        classes: [
          { name: "a", count: 4 },
          { name: "d", count: 1 },
        ],
      },
      {
        level: 2,
        classes: [
          { name: "a/b", count: 2 },
          { name: "d/e", count: 1 },
          { name: "a/x", count: 1 },
        ],
      },
      { level: 3, classes: [{ name: "a/b/c", count: 1 }] },
    ]);
  });
});

describe("suggestAliases", () => {
  const suggest = (names: readonly string[]) =>
    suggestAliases(names.map((name, i) => ({ name, count: 1000 - i }))).map(
      ({ from, to, distance }) => [from, to, distance],
    );

  it("finds differences in case, separators and letters, with the rarer name as `from`", () => {
    expect(
      suggest([
        "tech/e_business",
        "entertainment",
        "tech/e-business",
        "Entertainment",
        "entertainmnet",
      ]),
    ).toEqual([
      ["tech/e-business", "tech/e_business", 0],
      ["Entertainment", "entertainment", 0],
      ["entertainmnet", "entertainment", 2],
    ]);
  });

  it("ignores names that are short, numbered or far apart", () => {
    expect(suggest(["cars", "bars", "season 1", "season 2", "a/sports", "b/sports/x"])).toEqual([]);
  });
});
