import { describe, expect, it } from "vitest";
import { longestText, NgramFeatures, type SparseText, type TokenTable } from "./ngram-features.js";

/** Rows of tokens as the tokenizer makes them: [CLS] tokens [SEP]. */
function table(...texts: number[][]): TokenTable {
  const rows = texts.map((tokens) => [2, ...tokens, 3]);
  const offsets = [0];
  for (const row of rows) offsets.push(offsets.at(-1)! + row.length);
  return { ids: Int32Array.from(rows.flat()), offsets: Int32Array.from(offsets) };
}

/** Features learned from `rows` of one table. */
const learned = (tokens: TokenTable, rows: number[], largest: number) =>
  NgramFeatures.learn(
    {
      trainRows: [rows.length],
      tokenCount: tokens.ids.length,
      longestText: longestText(tokens),
      readShard: async () => ({ tokens, trainIndices: Int32Array.from(rows) }),
    },
    largest,
  );

describe("features of n-grams", () => {
  it("are TF-IDF of those in two texts and more, with length 1", async () => {
    const tokens = table([7, 7, 8], [7, 9], [8, 9, 10]);
    const features = await learned(tokens, [0, 1, 2], 100);
    expect(features.size).toBe(3); // 7, 8 and 9; no longer n-gram occurs twice
    const { columns, values, count } = features.of(tokens, 0);
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

  it("distinguish pairs and triples by their order, and never span texts or their ends", async () => {
    const tokens = table([7, 8, 9], [7, 8, 9], [9, 8, 7], [8], []);
    const features = await learned(tokens, [0, 1, 2, 3, 4], 100);
    expect(features.size).toBe(3 + 2 + 1);
    expect([0, 2, 3, 4].map((row) => features.of(tokens, row).count)).toEqual([6, 3, 1, 0]);
  });

  it("are the most common ones where there is no room for all", async () => {
    const tokens = table([7, 8], [9, 7], [7, 10], [8, 11], [7, 9]);
    const features = await learned(tokens, [0, 1, 2, 3, 4], 1);
    expect(features.size).toBe(1);
    expect([0, 3].map((row) => features.of(tokens, row).count)).toEqual([1, 0]);
  });

  it("come from the training rows alone", async () => {
    const tokens = table([7], [7], [8], [8]);
    const features = await learned(tokens, [0, 1], 100);
    expect([1, 2].map((row) => features.of(tokens, row).count)).toEqual([1, 0]);
  });

  it("are the same whether the texts lie in one table or in shards", async () => {
    const whole = table([7, 8, 9], [7, 8], [9, 8, 7, 7], [8, 9], [7]);
    const shards = [table([7, 8, 9], [7, 8]), table([9, 8, 7, 7]), table([8, 9], [7])];
    const [one, many] = [
      await learned(whole, [0, 1, 2, 4], 4),
      await NgramFeatures.learn(
        {
          trainRows: [2, 1, 1],
          tokenCount: whole.ids.length,
          longestText: 6,
          readShard: async (shard) => ({
            tokens: shards[shard]!,
            trainIndices: Int32Array.from([[0, 1], [0], [1]][shard]!),
          }),
        },
        4,
      ),
    ];
    const plain = ({ columns, values, count }: SparseText) => [
      [...columns.subarray(0, count)],
      [...values.subarray(0, count)],
    ];
    expect(many.size).toBe(one.size);
    expect(plain(many.of(shards[2]!, 0))).toEqual(plain(one.of(whole, 3)));
    expect(plain(many.of(shards[1]!, 0))).toEqual(plain(one.of(whole, 2)));
  });
});
