import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readWhole } from "../reading/read-whole.js";
import { LengthCounter } from "./profile.js";

const CSV = { format: { type: "csv" } } as const;

describe("profile", () => {
  it("counts the same duplicates and label conflicts as a plain table of the texts", async () => {
    const rows = fc.array(fc.tuple(fc.nat(30), fc.constantFrom("a", "b", "c")), { minLength: 3 });
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom("keep", "first"), async (drawn, duplicates) => {
        const given = [...drawn, [100, "a"], [101, "b"]] as const;
        const file = `text,label\n${given.map(([t, l]) => `text ${t},${l}`).join("\n")}`;
        const { profile, samples } = await readWhole(file, { ...CSV, duplicates });
        const labels = new Map<number, Set<string>>();
        for (const [t, l] of given) labels.set(t, (labels.get(t) ?? new Set()).add(l));
        expect(profile.duplicates.texts).toBe(given.length - labels.size);
        expect(profile.duplicates.conflictingTexts).toBe(
          [...labels.values()].filter((set) => set.size > 1).length,
        );
        expect(samples.length).toBe(duplicates === "first" ? labels.size : given.length);
      }),
    );
  });

  it("lists conflicting texts with their labels and the line of the first conflict", async () => {
    const { profile } = await readWhole("text,label\nsame,a\nother,b\nsame,b\nsame,c\n", CSV);
    expect(profile.duplicates).toEqual({
      texts: 2,
      conflictingTexts: 1,
      examples: [{ text: "same", line: 4, labels: ["a", "b", "c"] }],
    });
    expect(profile.warnings).toContainEqual({
      code: "conflicting-texts",
      message: "1 texts carry more than one label.",
    });
  });

  it("gives percentiles by nearest rank and a histogram that counts every row", () => {
    const lengths = fc.array(fc.nat(3000), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(lengths, (given) => {
        const counter = new LengthCounter();
        for (const length of given) counter.add(length);
        const profile = counter.profile();
        const sorted = [...given].sort((a, b) => a - b);
        const rank = (share: number) => sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1];
        expect(profile.median).toBe(rank(0.5));
        expect(profile.p99).toBe(rank(0.99));
        expect([profile.min, profile.max]).toEqual([sorted[0], sorted.at(-1)]);
        expect(profile.mean).toBeCloseTo(given.reduce((a, b) => a + b, 0) / given.length, 6);
        for (const { from, to, count } of profile.histogram) {
          expect(given.filter((length) => length >= from && length <= to).length).toBe(count);
        }
        expect(profile.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(given.length);
      }),
    );
  });

  it("counts a character outside the basic plane once", async () => {
    const { profile } = await readWhole("text,label\n\u{1F600}\u{20000}x,a\n汉字x,b\n", CSV);
    expect([profile.lengths.min, profile.lengths.max]).toEqual([3, 3]);
  });

  it("adds up: rows read are rows kept plus rows rejected by reason", async () => {
    const file = "text,label\na,x\n\nb\nc,y\n,x\nd,\na,x\n";
    const { profile, rejects } = await readWhole(file, { ...CSV, duplicates: "first" });
    expect(profile).toMatchObject({ rowsRead: 7, kept: 2 });
    expect(new Map(profile.rejected.map(({ reason, count }) => [reason, count]))).toEqual(
      new Map([
        ["empty-line", 1],
        ["field-count", 1],
        ["empty-text", 1],
        ["empty-label", 1],
        ["duplicate", 1],
      ]),
    );
    expect(rejects.length).toBe(5);
  });
});

describe("label conflicts", () => {
  it("are all listed with all their labels, up to a thousand texts", async () => {
    const lines = Array.from({ length: 1200 }, (_, i) => `text ${i},a\ntext ${i},b`);
    const more = Array.from({ length: 1200 }, (_, i) => `text ${i},c\ntext ${i},b\ntext ${i},a`);
    const file = `text,label\n${[...lines, ...more].join("\n")}`;
    const { conflictingTexts, examples } = (await readWhole(file, CSV)).profile.duplicates;
    expect(conflictingTexts).toBe(1200);
    expect(examples).toEqual(
      Array.from({ length: 1000 }, (_, i) => ({
        text: `text ${i}`,
        line: 3 + 2 * i,
        labels: ["a", "b", "c"],
      })),
    );
  });
});
