import { describe, expect, it } from "vitest";
import { generator, randomTexts } from "../../oracle/random-texts.js";
import { slowFeatures } from "../../oracle/slow-naive-bayes.js";
import { textFeatures, textsOf } from "../index.js";

const sorted = (values: Iterable<number>) => [...values].sort((a, b) => a - b);

describe("features of texts", () => {
  it("of thousands of texts in any order are those of a dense loop", async () => {
    const random = generator(3);
    const word = () => `w${Math.floor(3_000 * random() ** 2)}`;
    const texts = Array.from({ length: 1_500 }, () => `${word()} ${word()} ${word()}.`);
    const slow = slowFeatures(texts);
    const order = Int32Array.from(texts.keys()).reverse();
    const features = await textFeatures(textsOf(texts), { order });
    expect(features.size).toBe(slow.names.length);
    for (let row = 0; row < texts.length; row += 97) {
      const { values, count } = features.at(features.placeOf(row));
      const expected = sorted(slow.rows[row]!.values());
      expect(count).toBe(expected.length);
      sorted(values.subarray(0, count)).forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, 12);
      });
    }
  });

  it("are the same bits when a row is read in parts", async () => {
    const random = generator(5);
    const word = () => `w${Math.floor(300 * random() ** 2)}`;
    const texts = Array.from({ length: 200 }, () => `${word()} ${word()} ${word()} ${word()}`);
    for (const cjk of [false, true]) {
      const features = await textFeatures(textsOf([...texts, "", "漢字漢字漢字漢字"]), { cjk });
      const cuts = [0, features.ids >> 3, features.ids >> 1, features.ids];
      for (let place = 0; place < features.count; place++) {
        const { ids, values, count } = features.at(place);
        const whole = Array.from({ length: count }, (_, i) => [ids[i], values[i]]);
        const parts = cuts.slice(1).flatMap((to, p) => {
          const part = features.partAt(place, cuts[p]!, to);
          return Array.from({ length: part.count }, (_, i) => [part.ids[i], part.values[i]]);
        });
        const byId = (pairs: typeof whole) => pairs.sort((a, b) => a[0]! - b[0]!);
        expect(byId(parts)).toEqual(byId(whole));
      }
      features.endParts();
    }
  });

  it("are the same bits when a row is read again, in another order", async () => {
    const { texts } = randomTexts(generator(9));
    const features = await textFeatures(textsOf(texts));
    const read = (place: number) => {
      const { ids, values, count } = features.at(place);
      return [[...ids.subarray(0, count)], [...values.subarray(0, count)]];
    };
    const places = [...texts.keys()];
    const first = places.map(read);
    expect(first.reduce((all, [ids]) => all + ids!.length, 0)).toBe(features.occurrences);
    expect(places.reverse().map(read)).toEqual(first.reverse());
  });

  it("are those of CJK texts if more than half of all letters are, unless that is set", async () => {
    const half = ["漢字かな", "abcd"];
    expect((await textFeatures(textsOf(half))).cjk).toBe(false);
    expect((await textFeatures(textsOf([...half, "ー〆ー", "字"]))).cjk).toBe(true);
    expect((await textFeatures(textsOf([...half, "ー〆ー"]))).cjk).toBe(false);
    expect((await textFeatures(textsOf(half), { cjk: true })).cjk).toBe(true);
  });

  it("a text without features is a row without any, and so is a data set of them", async () => {
    const features = await textFeatures(textsOf(["", " ", "unique", "another thing"]));
    expect([0, 1].map((row) => features.at(row).count)).toEqual([0, 0]);
    const empty = await textFeatures(textsOf(["", "\u3000"]));
    expect(empty.size).toBe(0);
    expect(empty.at(1).count).toBe(0);
  });

  it("white space is JavaScript's, and a character beyond the BMP is one", async () => {
    const features = await textFeatures(textsOf(["𝐀\u00a0b", "𝐀\ufeffb", "𝐀 b"]));
    // " 𝐀", "𝐀 ", " 𝐀 ", " b", "b ", " b "
    expect(features.size).toBe(6);
  });
});
