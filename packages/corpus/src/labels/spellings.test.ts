import { describe, expect, it } from "vitest";
import type { IngestOptions } from "../options/ingest-options.js";
import { readWhole } from "../reading/read-whole.js";
import { foldName } from "./fold-name.js";
import { shownName } from "./shown-name.js";

/** Spellings of one name, the first one clean. */
const SAME: readonly (readonly string[])[] = [
  [
    "Sports",
    "sports",
    "SPORTS",
    "Ｓｐｏｒｔｓ",
    "Spo\u200brts",
    "\ufeffSports",
    "Spo\u00adrts",
    "Sports\u200e",
  ],
  ["café", "cafe\u0301", "CAFÉ", "ＣＡＦÉ"],
  ["体育", "体\u200d育", "体育\u3000", "\u200b体育"],
  ["科技(AI)", "科技（AI）", "科技（ａｉ）"],
  ["カメラ", "ｶﾒﾗ"],
  ["가", "\u1100\u1161"],
  ["Sci Tech", "Sci  Tech", "sci\u00a0tech", " Sci\tTech "],
  ["art / music", "art/music"],
  ["Straße", "STRASSE", "strasse"],
  ["ΟΔΟΣ", "οδος", "οδοσ"],
  ["İstanbul", "istanbul", "ISTANBUL"],
  ["e-mail", "e\u2011mail", "e–mail"],
  ["it's", "it’s"],
  ["❤️ love", "❤ love"],
  ["1", "1.0", "１"],
];

const DIFFERENT: readonly (readonly [string, string])[] = [
  ["cafe", "café"],
  ["A", "A-"],
  ["A-", "A+"],
  ["1", "-1"],
  ["1.5", "1.50"],
  ["e-shop", "e_shop"],
  ["SciTech", "Sci Tech"],
  ["体育", "體育"],
  ["c", "с"],
];

function csv(labels: readonly string[], options: Omit<IngestOptions, "format"> = {}) {
  const lines = labels.map((label, i) => JSON.stringify({ text: `text ${i}`, label }));
  return readWhole(lines.join("\n"), { format: { type: "jsonl" }, ...options });
}

const NORMALIZE = { labels: { normalizeLabels: true } };

describe("names that nearly agree", () => {
  it.each(SAME)("%s", async (...spellings) => {
    expect(new Set(spellings.map(foldName)).size).toBe(1);
    const labels = [...spellings, ...spellings, "other"];
    const written = new Set(spellings.map((one) => one.trim()));
    const apart = await csv(labels);
    expect(apart.classes.length).toBe(written.size + 1);
    expect(apart.profile.similarClasses.length).toBe(written.size - 1);
    expect(apart.profile.warnings.map(({ code }) => code)).toContain("similar-classes");
    const { classes, profile } = await csv(labels, NORMALIZE);
    expect(classes.map(({ name, count }) => [name, count])).toEqual([
      [spellings[0], 2 * spellings.length],
      ["other", 1],
    ]);
    expect(profile.similarClasses).toEqual([]);
    expect(profile.normalizedLabels.map(({ to }) => to)).toEqual(
      Array(written.size - 1).fill(spellings[0]),
    );
    expect(profile.warnings.map(({ code }) => code)).toContain("labels-normalized");
  });

  it.each(DIFFERENT)("are not %s and %s", async (a, b) => {
    const { classes, profile } = await csv([a, b], NORMALIZE);
    expect(classes.map(({ name }) => name)).toEqual([a, b]);
    expect(profile.warnings.map(({ code }) => code)).not.toContain("similar-classes");
  });

  it("are listed with their rows, the more frequent one last", async () => {
    const { profile } = await csv(["news", "News", "news", "x", "ne\u200bws"]);
    expect(profile.similarClasses).toEqual([
      { from: "News", to: "news", fromCount: 1, toCount: 2 },
      { from: "ne\u200bws", to: "news", fromCount: 1, toCount: 2 },
    ]);
    expect(profile.warnings[0]).toEqual({
      code: "similar-classes",
      message:
        '2 pairs of class names nearly agree (rows in brackets): "News" (1) and "news" (2); "ne\\u200bws" (1) and "news" (2). normalizeLabels (--normalize-labels) makes each pair one class.',
    });
  });

  it("of labels and true labels are compared and joined as well", async () => {
    const file = "text,label,gold\na,Spam,spam\nb,ham,HAM\n";
    const format = { type: "csv", trueLabelColumn: "gold" } as const;
    const apart = await readWhole(file, { format });
    expect(apart.profile.similarClasses).toEqual([
      { from: "spam", to: "Spam", fromCount: 0, toCount: 1 },
      { from: "HAM", to: "ham", fromCount: 0, toCount: 1 },
    ]);
    const joined = await readWhole(file, { format, ...NORMALIZE });
    expect(joined.classes.map(({ name }) => name)).toEqual(["Spam", "ham"]);
    expect(joined.samples.map(({ trueClassIndex }) => trueClassIndex)).toEqual([0, 1]);
  });
});

describe("normalizeLabels", () => {
  it("takes the spelling of labelNames, then of aliases, then of the first row", async () => {
    const lines = ["SPORTS", "tEch", "Movie", "films", "ＳＰＯＲＴＳ", "1"];
    const rows = lines.map((label, i) => JSON.stringify({ text: `text ${i}`, label }));
    const labels = { ...NORMALIZE.labels, aliases: [{ from: "movie", to: "Films" }] };
    const format = { type: "jsonl", labelNames: ["Sports", "Tech"] } as const;
    const named = await readWhole(rows.join("\n"), { format, labels });
    expect(named.classes.map(({ name, count }) => [name, count])).toEqual([
      ["Sports", 2],
      ["Tech", 2],
      ["Films", 2],
    ]);
    const free = await readWhole(rows.join("\n"), { format: { type: "jsonl" }, labels });
    expect(free.classes.map(({ name, count }) => [name, count])).toEqual([
      ["SPORTS", 2],
      ["tEch", 1],
      ["Films", 2],
      ["1", 1],
    ]);
  });

  it("joins labelNames that nearly agree; without it a reject names the near one", async () => {
    const file = "text,label\na,sports\nb,Sports\nc,Tech\nd,tech\n";
    const names = ["Sports", "Tech"];
    const strict = await readWhole(`${file}e,Tech\nf,Sports\n`, {
      format: { type: "csv", labelNames: names },
    });
    expect(strict.rejects.map(({ line, detail }) => [line, detail])).toEqual([
      [2, '"sports" is not one of labelNames, but nearly "Sports": normalizeLabels reads it so'],
      [5, '"tech" is not one of labelNames, but nearly "Tech": normalizeLabels reads it so'],
    ]);
    const format = { type: "csv", labelNames: [...names, "TECH"] } as const;
    const joined = await readWhole(file, { format, ...NORMALIZE });
    expect(joined.classes.map(({ name, count }) => [name, count])).toEqual([
      ["Sports", 2],
      ["Tech", 2],
    ]);
  });

  it("applies to paths, to every label of a row, and to classes that are too small", async () => {
    const paths = ["Art/Film", "art/film,ART", "art,Sport", "sport,SPORT"];
    const file = paths.map((field, i) => `${i}|,|${field}|,|t${i}|,||,|`).join("\n");
    const format = { type: "toutiao-multilevel" } as const;
    const all = await readWhole(file, { format, labels: { ...NORMALIZE.labels, policy: "all" } });
    expect(all.samples.map((row) => row.allClassIndexes?.map((i) => all.classes[i]?.name))).toEqual(
      [["Art/Film"], ["Art/Film", "ART"], ["ART", "Sport"], ["Sport"]],
    );
    expect(all.profile.levels?.[0]?.classes).toEqual([
      { name: "ART", count: 3 },
      { name: "Sport", count: 1 },
    ]);
    const one = { ...NORMALIZE.labels, policy: "drop-multiple", level: 1 } as const;
    const single = await readWhole(file, { format, labels: one });
    expect(single.rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [3, "multiple-labels"],
    ]);
    const enough = await csv(["a", "A", "b", "B", "c"], {
      labels: { ...NORMALIZE.labels, minPerClass: 2 },
    });
    expect(enough.classes.map(({ name, count }) => [name, count])).toEqual([
      ["a", 2],
      ["b", 2],
    ]);
  });
});

describe("labels that are none", () => {
  it("are blanks and invisible characters alone, and aliases to nothing", async () => {
    const labels = ["a", " \u200b", "\u00ad", "n/a", "N/A", "b"];
    const aliases = [{ from: "n/a", to: "" }];
    const exact = await csv(labels, { labels: { aliases } });
    expect(exact.classes.map(({ name }) => name)).toEqual(["a", "N/A", "b"]);
    expect(exact.rejects.map(({ line, reason }) => [line, reason])).toEqual([
      [2, "empty-label"],
      [3, "empty-label"],
      [4, "empty-label"],
    ]);
    const folded = await csv(labels, { labels: { aliases, normalizeLabels: true } });
    expect(folded.classes.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("may be what a library writes for a missing value: a warning, not a change", async () => {
    const file = "text,label\na,nan\nb,spam\nc,None\nd,N/A\ne,nan\nf,ham\n";
    const { classes, profile } = await readWhole(file, { format: { type: "csv" } });
    expect(classes.map(({ name }) => name)).toEqual(["nan", "spam", "None", "N/A", "ham"]);
    expect(profile.warnings).toContainEqual({
      code: "missing-value-classes",
      message: expect.stringContaining('"nan" (2); "None" (1); "N/A" (1).'),
    });
    const plain = await readWhole("text,label\na,spam\nb,ham\n", { format: { type: "csv" } });
    expect(plain.profile.warnings.map(({ code }) => code)).not.toContain("missing-value-classes");
  });
});

it("names are shown with escapes for what nobody sees", () => {
  expect(shownName("a\u200bb")).toBe('"a\\u200bb"');
  expect(shownName("a\u00a0b  c d")).toBe('"a\\u00a0b \\u0020c d"');
  expect(shownName("cafe\u0301")).toBe('"cafe\\u0301"');
  expect(shownName("café 体育 \u{1f600}")).toBe('"café 体育 \u{1f600}"');
  expect(shownName("\u{e0020}")).toBe('"\\u{e0020}"');
});
