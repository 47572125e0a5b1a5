import { mixIds } from "@winnow/numeric";

/** Token ids of many texts, end to end: text i is `ids[offsets[i] .. offsets[i + 1])`. */
export interface TokenTable {
  readonly ids: Int32Array | Uint16Array;
  /** (n + 1), starting with 0. */
  readonly offsets: Int32Array;
}

/** Texts in shards, of which one need be in memory at a time, and the rows of each that are learned from. */
export interface TrainingTexts {
  /** Rows to learn from in each shard. */
  readonly trainRows: readonly number[];
  /** Tokens of all texts of all shards together. */
  readonly tokenCount: number;
  /** Tokens of the longest text. */
  readonly longestText: number;
  readShard(
    shard: number,
  ): Promise<{ readonly tokens: TokenTable; readonly trainIndices: Int32Array }>;
}

/** One text's features: `count` columns with their values, in arrays that the next call overwrites. */
export interface SparseText {
  readonly columns: Int32Array;
  readonly values: Float64Array;
  count: number;
}

/** Tokens of the longest n-grams. */
export const LONGEST = 3;
// Several counters for each n-gram that can occur, 4 M at most: at that size the two hundred
// thousand n-grams of 40,000 titles share a counter in one case of twenty.
const MOST_BITS = 22;
const FEWEST_BITS = 12;

/**
 * TF-IDF of the n-grams of one to three tokens between a text's first and last token ([CLS] and
 * [SEP]), learned from some texts: those that occur in at least two of them, at most `largest`, the
 * most common first. A row has length 1.
 */
export class NgramFeatures {
  readonly size: number;
  readonly #columnOf: Int32Array;
  readonly #idf: Float64Array;
  readonly #text: SparseText;
  readonly #counts: Float64Array;
  readonly #hashes: TextHashes;

  /** Reads every shard once. */
  static async learn(texts: TrainingTexts, largest: number): Promise<NgramFeatures> {
    const bits = tableBits(texts.tokenCount);
    const hashes = new TextHashes(bits, texts.longestText);
    return new NgramFeatures(hashes, await textsWith(texts, hashes, 2 ** bits), {
      largest,
      learned: texts.trainRows.reduce((sum, rows) => sum + rows, 0),
    });
  }

  constructor(
    hashes: TextHashes,
    textCounts: Int32Array,
    { largest, learned }: { readonly largest: number; readonly learned: number },
  ) {
    this.#hashes = hashes;
    const room = hashes.keys.length;
    this.#text = { columns: new Int32Array(room), values: new Float64Array(room), count: 0 };
    const kept = mostCommon(textCounts, largest);
    this.size = kept.length;
    this.#columnOf = new Int32Array(textCounts.length).fill(-1);
    this.#idf = new Float64Array(kept.length);
    kept.forEach((key, column) => {
      this.#columnOf[key] = column;
      this.#idf[column] = 1 + Math.log((1 + learned) / (1 + textCounts[key]!));
    });
    this.#counts = new Float64Array(kept.length);
  }

  /** The features of text `row`, which is no longer than the longest that was told. */
  of(tokens: TokenTable, row: number): SparseText {
    const text = this.#text;
    const counts = this.#counts;
    const columnOf = this.#columnOf;
    const keys = this.#hashes.keys;
    const idf = this.#idf;
    text.count = 0;
    const found = this.#hashes.of(tokens, row);
    for (let i = 0; i < found; i++) {
      const column = columnOf[keys[i]!]!;
      if (column < 0) continue;
      if (counts[column]!++ === 0) text.columns[text.count++] = column;
    }
    let squares = 0;
    for (let i = 0; i < text.count; i++) {
      const column = text.columns[i]!;
      const value = (1 + Math.log(counts[column]!)) * idf[column]!;
      counts[column] = 0;
      text.values[i] = value;
      squares += value * value;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < text.count; i++) text.values[i]! *= scale;
    return text;
  }
}

/** How many of the texts to learn from contain each n-gram. */
async function textsWith(
  texts: TrainingTexts,
  hashes: TextHashes,
  counters: number,
): Promise<Int32Array> {
  const textCounts = new Int32Array(counters);
  const lastText = new Int32Array(counters).fill(-1);
  const { keys } = hashes;
  let text = 0;
  for (const shard of texts.trainRows.keys()) {
    const { tokens, trainIndices } = await texts.readShard(shard);
    for (const row of trainIndices) {
      const found = hashes.of(tokens, row);
      for (let j = 0; j < found; j++) {
        const key = keys[j]!;
        if (lastText[key] === text) continue;
        lastText[key] = text;
        textCounts[key]!++;
      }
      text++;
    }
  }
  return textCounts;
}

/** A text's n-grams, as places among 2^bits counters. */
class TextHashes {
  /** Those of the last text. */
  readonly keys: Int32Array;
  readonly #shift: number;

  constructor(bits: number, longestText: number) {
    this.keys = new Int32Array(LONGEST * longestText);
    this.#shift = 32 - bits;
  }

  /** Fills the keys with the text's n-grams and returns their number. */
  of({ ids, offsets }: TokenTable, row: number): number {
    const { keys } = this;
    const end = offsets[row + 1]! - 1;
    const shift = this.#shift;
    let found = 0;
    for (let start = offsets[row]! + 1; start < end; start++) {
      let key = mixIds(LONGEST, ids[start]!);
      keys[found++] = key >>> shift;
      for (let i = start + 1; i < Math.min(end, start + LONGEST); i++) {
        key = mixIds(key, ids[i]!);
        keys[found++] = key >>> shift;
      }
    }
    return found;
  }
}

/** The number of counters, as a power of two, for texts of so many tokens together. */
export function tableBits(tokens: number): number {
  const wanted = Math.ceil(Math.log2(8 * LONGEST * tokens + 1));
  return Math.min(MOST_BITS, Math.max(FEWEST_BITS, wanted));
}

/** Tokens of the longest text; at least 1. */
export function longestText({ offsets }: TokenTable): number {
  let longest = 1;
  for (let row = 0; row + 1 < offsets.length; row++) {
    longest = Math.max(longest, offsets[row + 1]! - offsets[row]!);
  }
  return longest;
}

/** Places of counts of 2 and more, the largest first (ties by place), at most `largest`. */
function mostCommon(counts: Int32Array, largest: number): Int32Array {
  const places: number[] = [];
  counts.forEach((count, place) => {
    if (count >= 2) places.push(place);
  });
  const kept = Int32Array.from(places);
  if (kept.length <= largest) return kept;
  return kept.sort((a, b) => counts[b]! - counts[a]! || a - b).subarray(0, largest);
}
