import { mixIds } from "@winnow/numeric";
import type { TokenBatch } from "./batches.js";

/** The wide part's input: every bi- and trigram of pieces, hashed into buckets. */
export interface HashedNgrams {
  readonly texts: Int32Array; // (m)
  readonly buckets: Int32Array; // (m)
  /** (m): WIDE_SCALE / sqrt(n-grams of the text), so that long texts weigh no more. */
  readonly shares: Float32Array;
}

/**
 * An n-gram occurs only a few times, and Adam moves its row by about the learning rate each time:
 * without this factor the wide part would contribute nothing. On 16,000 titles with 20 % wrong
 * labels the average precision went from .770 (no wide part) to .776, .803, .814, .784 at 1, 8, 16,
 * 40.
 */
const WIDE_SCALE = 16;

/** Hashes the n-grams between [CLS] and [SEP] of each text; the ends count as pieces. */
export function hashNgrams(
  { batch, length, ids, lengths }: TokenBatch,
  buckets: number,
): HashedNgrams {
  const texts: number[] = [];
  const found: number[] = [];
  const shares: number[] = [];
  for (let b = 0; b < batch; b++) {
    const start = b * length;
    const pieces = lengths[b]!;
    const before = found.length;
    for (let i = 0; i + 1 < pieces; i++) {
      const pair = mixIds(ids[start + i]!, ids[start + i + 1]!);
      found.push(pair % buckets);
      if (i + 2 < pieces) found.push(mixIds(pair, ids[start + i + 2]!) % buckets);
    }
    const count = found.length - before;
    for (let i = 0; i < count; i++) {
      texts.push(b);
      shares.push(WIDE_SCALE / Math.sqrt(count));
    }
  }
  return {
    texts: Int32Array.from(texts),
    buckets: Int32Array.from(found),
    shares: Float32Array.from(shares),
  };
}
