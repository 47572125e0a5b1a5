import { createRandom, shuffle } from "@winnow/numeric";
import type { TokenTable } from "./tokenizer.js";

/** One batch of texts, right-padded with [PAD] to the longest. */
export interface TokenBatch {
  readonly batch: number;
  readonly length: number;
  /** (B * S), row by row. */
  readonly ids: Int32Array;
  /** (B * S), or undefined where every piece belongs to segment 0. */
  readonly segments?: Int32Array;
  /** (B): pieces of each text. */
  readonly lengths: Int32Array;
}

/** Which batches: of an epoch, and of the shard in that place of it. */
export interface EpochPart {
  readonly batchSize: number;
  readonly seed: number;
  readonly epoch: number;
  /** Default 0. */
  readonly place?: number;
}

/** Batches that are sorted by length together. */
const STRETCH = 32;

/**
 * Splits `rows` into the batches of one epoch, or of one shard in it: shuffled again each epoch, texts of
 * similar length together, a smaller last batch kept. Rows are sorted by length within every 32
 * batches, then the batches are shuffled: padding nearly vanishes while a batch stays a random
 * draw. The same seed, epoch and place give the same batches.
 */
export function epochBatches(
  rows: Int32Array,
  tokens: TokenTable,
  { batchSize, seed, epoch, place = 0 }: EpochPart,
): Int32Array[] {
  const random = createRandom(seed, "batches", epoch, ...(place > 0 ? [place] : []));
  const order = shuffle(random, Int32Array.from(rows));
  const batches: Int32Array[] = [];
  for (let start = 0; start < order.length; start += STRETCH * batchSize) {
    const part = order.subarray(start, start + STRETCH * batchSize);
    batches.push(...byLength(part, tokens, batchSize));
  }
  return shuffle(random, batches);
}

/** The order of so many shards in an epoch: another one each epoch. */
export const shardOrder = (shards: number, seed: number, epoch: number): number[] =>
  shuffle(createRandom(seed, "shards", epoch), [...Array(shards).keys()]);

/** Rows sorted by length (ties by row) and cut into batches: for prediction. */
export function byLength(rows: Int32Array, tokens: TokenTable, batchSize: number): Int32Array[] {
  const sorted = Int32Array.from(rows).sort(
    (a, b) => textLength(tokens, a) - textLength(tokens, b) || a - b,
  );
  const batches: Int32Array[] = [];
  for (let start = 0; start < sorted.length; start += batchSize) {
    batches.push(sorted.subarray(start, start + batchSize));
  }
  return batches;
}

/** Copies the texts `rows` out of the table, `least` pieces wide or more; `pad` is the id of [PAD]. */
export function gatherBatch(
  tokens: TokenTable,
  rows: Int32Array,
  { pad = 0, least = 1 }: { readonly pad?: number; readonly least?: number } = {},
): TokenBatch {
  const lengths = rows.map((row) => textLength(tokens, row));
  const length = lengths.reduce((longest, pieces) => Math.max(longest, pieces), least);
  const ids = new Int32Array(rows.length * length).fill(pad);
  rows.forEach((row, b) => {
    const start = tokens.offsets[row]!;
    ids.set(tokens.ids.subarray(start, start + lengths[b]!), b * length);
  });
  return { batch: rows.length, length, ids, lengths };
}

export function textLength(tokens: TokenTable, row: number): number {
  return tokens.offsets[row + 1]! - tokens.offsets[row]!;
}
