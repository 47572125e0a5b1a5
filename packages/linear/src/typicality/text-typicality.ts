import { setImmediate } from "node:timers/promises";
import { LinearError } from "../errors.js";
import type { TextFeatures } from "../ngrams/text-features.js";
import { ClassSums } from "./class-sums.js";

export interface TypicalityOptions {
  /** Given class indices, (n). */
  readonly labels: ArrayLike<number>;
  readonly k: number;
  /** By row (n): another class that it may belong to. */
  readonly others: ArrayLike<number>;
  readonly signal?: AbortSignal | undefined;
  /** The share that is done. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Cells of the classes' sums: 64 MB. */
const MOST_CELLS = 1 << 23;
/** Cosines below tell nothing apart; without it a row of strange n-grams would be at minus infinity. */
const FLOOR = 0.01;
const BLOCK = 1024;

/**
 * How much each row (n) has in common with the other rows of its class, or of the other class that it may
 * belong to: ln(0.01 + the larger cosine of its TF-IDF with their sum). The logarithm brings the cosines of
 * short texts, which are near 0, to a scale on which spreads can be compared. Sums of more features than fit are of
 * features that share a column, with signs that let them cancel. Reads the features twice.
 */
export async function textTypicality(
  features: TextFeatures,
  { labels, k, others, signal, onProgress }: TypicalityOptions,
): Promise<Float32Array> {
  const n = features.count;
  const most = Math.max(256, 2 ** Math.floor(Math.log2(MOST_CELLS / Math.max(1, k))));
  const isWhole = features.ids <= most;
  const sums = new ClassSums(k, isWhole ? Math.max(1, features.ids) : most);
  const mask = most - 1;
  const columns = new Int32Array(1 << 16);
  /** The row's columns; its values get their signs. */
  const place = (ids: Int32Array, values: Float64Array, count: number): Int32Array => {
    if (isWhole) return ids;
    const own = count <= columns.length ? columns : new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const hash = Math.imul(ids[i]! ^ (ids[i]! >>> 15), 0x2c1b3c6d);
      own[i] = (hash >>> 8) & mask;
      if ((hash & 1) === 1) values[i] = -values[i]!;
    }
    return own;
  };
  const found = new Float32Array(n).fill(Math.log(FLOOR));
  const eachRow = async (pass: number, use: (row: number, at: number) => void) => {
    for (let start = 0; start < n; start += BLOCK) {
      if (signal?.aborted)
        throw new LinearError("cancelled", "The search for outliers was cancelled.");
      const end = Math.min(n, start + BLOCK);
      for (let at = start; at < end; at++) use(features.order?.[at] ?? at, at);
      onProgress?.((pass * n + end) / (2 * n));
      await setImmediate();
    }
  };
  await eachRow(0, (row, at) => {
    const { ids, values, count } = features.at(at);
    const own = place(ids, values, count);
    for (let i = 0; i < count; i++) sums.add(labels[row]!, own[i]!, values[i]!);
  });
  sums.close();
  await eachRow(1, (row, at) => {
    const { ids, values, count } = features.at(at);
    if (count === 0) return;
    const own = place(ids, values, count);
    const cosine = (c: number) =>
      sums.cosine(c, sums.dot(c, own, values, count), 1, c === labels[row]);
    const larger = Math.max(0, cosine(labels[row]!), cosine(others[row]!));
    found[row] = Math.log(FLOOR + larger);
  });
  return found;
}
