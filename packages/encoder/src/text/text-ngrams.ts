import { mixIds } from "./ngrams.js";
import type { TokenTable } from "./tokenizer.js";

/** One text's features: `count` columns with their values, in arrays that the next call overwrites. */
export interface SparseText {
  readonly columns: Int32Array;
  readonly values: Float64Array;
  count: number;
}

/** Pieces of the longest n-grams. */
export const LONGEST = 3;
// Counters of n-grams, several for each that can be met: at the most 4 M, where the two hundred
// thousand of 40,000 titles meet in one case of twenty.
const MOST_BITS = 22;
const FEWEST_BITS = 12;

/**
 * TF-IDF of the n-grams of one to three pieces between [CLS] and [SEP], learned from some texts:
 * those met in at least two of them, at most `largest`, the most common first. A row has length 1.
 */
export class NgramFeatures {
  readonly size: number;
  private readonly bits: number;
  private readonly columnOf: Int32Array;
  private readonly idf: Float64Array;
  private readonly text: SparseText;
  private readonly counts: Float64Array;
  private readonly keys: Int32Array;

  constructor(
    private readonly tokens: TokenTable,
    rows: Int32Array,
    largest: number,
  ) {
    const room = LONGEST * longestText(tokens);
    this.keys = new Int32Array(room);
    this.text = { columns: new Int32Array(room), values: new Float64Array(room), count: 0 };
    this.bits = tableBits(tokens.ids.length);
    const met = this.textsWith(rows);
    const kept = mostCommon(met, largest);
    this.size = kept.length;
    this.columnOf = new Int32Array(2 ** this.bits).fill(-1);
    this.idf = new Float64Array(kept.length);
    kept.forEach((key, column) => {
      this.columnOf[key] = column;
      this.idf[column] = 1 + Math.log((1 + rows.length) / (1 + met[key]!));
    });
    this.counts = new Float64Array(kept.length);
  }

  /** The features of text `row`. */
  of(row: number): SparseText {
    const { text, counts, columnOf, keys } = this;
    text.count = 0;
    const found = this.hash(row);
    for (let i = 0; i < found; i++) {
      const column = columnOf[keys[i]!]!;
      if (column < 0) continue;
      if (counts[column]!++ === 0) text.columns[text.count++] = column;
    }
    let squares = 0;
    for (let i = 0; i < text.count; i++) {
      const column = text.columns[i]!;
      const value = (1 + Math.log(counts[column]!)) * this.idf[column]!;
      counts[column] = 0;
      text.values[i] = value;
      squares += value * value;
    }
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < text.count; i++) text.values[i]! *= scale;
    return text;
  }

  /** In how many of the texts each n-gram is. */
  private textsWith(rows: Int32Array): Int32Array {
    const met = new Int32Array(2 ** this.bits);
    const lastText = new Int32Array(2 ** this.bits).fill(-1);
    rows.forEach((row, i) => {
      const found = this.hash(row);
      for (let j = 0; j < found; j++) {
        const key = this.keys[j]!;
        if (lastText[key] === i) continue;
        lastText[key] = i;
        met[key]!++;
      }
    });
    return met;
  }

  /** Fills `keys` with the text's n-grams; gives their number. */
  private hash(row: number): number {
    const { ids, offsets } = this.tokens;
    const end = offsets[row + 1]! - 1;
    const shift = 32 - this.bits;
    let found = 0;
    for (let start = offsets[row]! + 1; start < end; start++) {
      let key = mixIds(LONGEST, ids[start]!);
      this.keys[found++] = key >>> shift;
      for (let i = start + 1; i < Math.min(end, start + LONGEST); i++) {
        key = mixIds(key, ids[i]!);
        this.keys[found++] = key >>> shift;
      }
    }
    return found;
  }
}

/** The counters' number, as a power of two, for texts of so many pieces together. */
export function tableBits(pieces: number): number {
  const wanted = Math.ceil(Math.log2(8 * LONGEST * pieces + 1));
  return Math.min(MOST_BITS, Math.max(FEWEST_BITS, wanted));
}

function longestText({ offsets }: TokenTable): number {
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
