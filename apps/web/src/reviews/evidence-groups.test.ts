import fc from "fast-check";
import { expect, it } from "vitest";
import { groupsOf, spokenNgram } from "./evidence-groups.js";

const partsOf = (parts: readonly (readonly [string, number])[]) =>
  parts.map(([ngram, weight]) => ({ ngram, weight }));
/** As `text weight = piece weight + piece weight`. */
const shown = (text: string, parts: readonly (readonly [string, number])[]) =>
  groupsOf(text, partsOf(parts)).map((group) => {
    const pieces = group.parts.map((part) => `${part.text} ${part.weight}`);
    return `${group.text} ${group.weight}${pieces.length > 1 ? ` = ${pieces.join(" + ")}` : ""}`;
  });

it("shows the pieces of a word that share letters as the word, with what they add together", () => {
  const pieces = [
    ["手机", 2],
    ["新款", 1],
    ["款手机", 0.5],
    ["卫星", 3],
  ] as const;
  expect(shown("新款手机，卫星", pieces)).toEqual([
    "新款手机 3.5 = 手机 2 + 新款 1 + 款手机 0.5",
    "卫星 3",
  ]);
});

it("leaves neighbours that share no letter apart", () => {
  expect(shown("新款手机", partsOf([]) as never)).toEqual([]);
  expect(
    shown("新款手机", [
      ["手机", 2],
      ["新款", 1],
    ]),
  ).toEqual(["手机 2", "新款 1"]);
});

it("joins a word, its pieces and a pair of words with dots where words go on", () => {
  expect(
    shown("The Cameras touch screen", [
      [" cam", 1],
      ["amer", 2],
      ["touch", 1],
      ["touch screen", 0.5],
    ]),
  ).toEqual(["Camer… 3 = …amer… 2 + cam… 1", "touch screen 1.5 = touch 1 + touch screen 0.5"]);
});

it("shows each stretch of pieces that stand at several places, the longest first", () => {
  expect(
    shown("手机壳和新手机和手机", [
      ["手机", 2],
      ["手机壳", 1],
      ["新手机", 1],
    ]),
  ).toEqual(["手机壳 · 新手机 4 = 手机 2 + 手机壳 1 + 新手机 1"]);
});

it("keeps the weights of the given label, which are below zero, and n-grams that it cannot place", () => {
  expect(
    shown("İstanbul 手机", [
      ["手机", -2],
      ["机", -1],
    ]),
  ).toEqual(["手机 -2", "机 -1"]);
});

it("loses no n-gram and no weight, whatever they are", () => {
  const letters = fc.constantFrom(...["a", "A", "b", " ", "\t", "İ", "ß", "😀", "手", "机", "-"]);
  const texts = fc.string({ unit: letters, maxLength: 40 });
  const ngrams = fc.string({ unit: letters, minLength: 1, maxLength: 4 });
  const parts = fc.array(fc.tuple(ngrams, fc.integer({ min: -9, max: 9 })), { maxLength: 5 });
  fc.assert(
    fc.property(texts, parts, (text, chosen) => {
      const groups = groupsOf(text, partsOf(chosen));
      expect(groups.flatMap((group) => group.parts)).toHaveLength(chosen.length);
      for (const { weight, parts: own, text: stretch } of groups) {
        expect(own.reduce((sum, part) => sum + part.weight, 0)).toBe(weight);
        expect(stretch).not.toBe("");
      }
    }),
    { numRuns: 300 },
  );
});

it("shows pieces of words as pieces", () => {
  expect(spokenNgram("a Camera", "camera")).toBe("camera");
  expect(spokenNgram("a camera", " cam")).toBe("cam…");
  expect(spokenNgram("a camera", "era ")).toBe("…era");
  expect(spokenNgram("a camera", "amer")).toBe("…amer…");
  expect(spokenNgram("touch screen", "touch screen")).toBe("touch screen");
  expect(spokenNgram("新款手机", "手机")).toBe("手机");
});
