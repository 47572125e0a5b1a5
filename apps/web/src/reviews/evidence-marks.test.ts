import fc from "fast-check";
import { expect, it } from "vitest";
import { stretchesOf } from "./evidence-marks.js";

const evidence = (suggested: [string, number][], given: [string, number][] = []) => ({
  suggested: suggested.map(([ngram, weight]) => ({ ngram, weight })),
  given: given.map(([ngram, weight]) => ({ ngram, weight })),
  classSizes: 0,
  difference: 1,
});
/** Stretches as `[for the suggestion]` and `{for the given label}`. */
const marked = (text: string, ...sides: Parameters<typeof evidence>) =>
  stretchesOf(text, evidence(...sides))
    .map(({ text: part, side }) =>
      side === "suggested" ? `[${part}]` : side === "given" ? `{${part}}` : part,
    )
    .join("");

it.each([
  ["a word, whatever its case", "The Camera phone", [["camera", 2]], [], "The [Camera] phone"],
  ["no part of a word", "cameras of a camera", [["camera", 2]], [], "cameras of a [camera]"],
  [
    "two words with what stands between",
    "touch-a screen",
    [["touch screen", 1]],
    [],
    "[touch-a screen]",
  ],
  ["the start of words", "phone telephone", [[" pho", 1]], [], "[pho]ne telephone"],
  ["the end of words", "phone telephone x", [["one ", 1]], [], "ph[one] teleph[one] x"],
  ["characters anywhere", "telephony", [["eph", 1]], [], "tel[eph]ony"],
  ["characters of a script without words", "新款手机发布", [["手机", 1]], [], "新款[手机]发布"],
  ["both labels", "a camera reveals", [["camera", 2]], [["reveals", -1]], "a [camera] {reveals}"],
  ["a letter of both by weight", "reveals", [["rev", 3]], [["reveals", -2]], "[rev]{eals}"],
  ["signs of patterns as they stand", "a.b a+-b (c", [["a+-b", 1]], [], "a.b [a+-b] (c"],
  [
    "nothing where lower case moves letters",
    "İstanbul camera",
    [["camera", 1]],
    [],
    "İstanbul camera",
  ],
] as const)("marks %s", (_, text, suggested, given, expected) => {
  expect(marked(text, suggested as never, given as never)).toBe(expected);
});

it("keeps every text as it stands, whatever the n-grams are", () => {
  const letters = fc.constantFrom(
    ...["a", "A", "b", " ", "\t", "İ", "ß", "😀", "手", "-", "(", "_", "\\"],
  );
  const texts = fc.string({ unit: letters, maxLength: 40 });
  const ngrams = fc.string({ unit: letters, maxLength: 4 });
  const parts = fc.array(fc.tuple(ngrams, fc.double()), { maxLength: 5 });
  fc.assert(
    fc.property(texts, parts, parts, (text, suggested, given) => {
      const stretches = stretchesOf(text, evidence(suggested, given));
      expect(stretches.map((one) => one.text).join("")).toBe(text);
    }),
    { numRuns: 300 },
  );
});
