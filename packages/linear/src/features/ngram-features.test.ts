import { describe, expect, it } from "vitest";
import { NgramFeatures, type TokenTable } from "./ngram-features.js";

/** Rows of tokens as the tokenizer makes them: [CLS] tokens [SEP]. */
function table(...texts: number[][]): TokenTable {
  const rows = texts.map((tokens) => [2, ...tokens, 3]);
  const offsets = [0];
  for (const row of rows) offsets.push(offsets.at(-1)! + row.length);
  return { ids: Int32Array.from(rows.flat()), offsets: Int32Array.from(offsets) };
}

describe("features of n-grams", () => {
  it("are TF-IDF of those in two texts and more, with length 1", () => {
    const tokens = table([7, 7, 8], [7, 9], [8, 9, 10]);
    const features = new NgramFeatures(tokens, Int32Array.of(0, 1, 2), 100);
    expect(features.size).toBe(3); // 7, 8 and 9; no longer n-gram occurs twice
    const { columns, values, count } = features.of(0);
    const idf = 1 + Math.log(4 / 3);
    const [seven, eight] = [(1 + Math.log(2)) * idf, idf];
    const length = Math.hypot(seven, eight);
    expect(count).toBe(2);
    expect(new Set(columns.subarray(0, 2)).size).toBe(2);
    expect([...values.subarray(0, 2)]).toEqual([
      expect.closeTo(seven / length, 12),
      expect.closeTo(eight / length, 12),
    ]);
  });

  it("distinguish pairs and triples by their order, and never span texts or their ends", () => {
    const tokens = table([7, 8, 9], [7, 8, 9], [9, 8, 7], [8], []);
    const features = new NgramFeatures(tokens, Int32Array.of(0, 1, 2, 3, 4), 100);
    expect(features.size).toBe(3 + 2 + 1);
    expect([0, 2, 3, 4].map((row) => features.of(row).count)).toEqual([6, 3, 1, 0]);
  });

  it("are the most common ones where there is no room for all", () => {
    const tokens = table([7, 8], [9, 7], [7, 10], [8, 11], [7, 9]);
    const features = new NgramFeatures(tokens, Int32Array.of(0, 1, 2, 3, 4), 1);
    expect(features.size).toBe(1);
    expect([0, 3].map((row) => features.of(row).count)).toEqual([1, 0]);
  });

  it("come from the training rows alone", () => {
    const tokens = table([7], [7], [8], [8]);
    const features = new NgramFeatures(tokens, Int32Array.of(0, 1), 100);
    expect([1, 2].map((row) => features.of(row).count)).toEqual([1, 0]);
  });
});
