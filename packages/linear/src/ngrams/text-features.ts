import { setImmediate } from "node:timers/promises";
import { LinearError } from "../errors.js";
import { type FeatureRow, HeldRows, MOST_HELD } from "./held-rows.js";
import { NgramDictionary } from "./ngram-dictionary.js";
import { NgramScanner, ngramTexts } from "./ngram-scanner.js";
import { filterBits, RepeatFilter } from "./repeat-filter.js";
import { RowStore, type Scratch } from "./row-store.js";
import { RowWriter } from "./row-writer.js";
import { ScriptCounts, type Texts } from "./texts.js";

export interface TextFeatureOptions {
  /** Overrides the decision by the letters of all texts. */
  readonly cjk?: boolean | undefined;
  /** The rows in the order in which they will be read. Default: ascending. */
  readonly order?: Int32Array | undefined;
  /** A file for the rows' features, if there are too many for memory. */
  readonly scratch?: Scratch | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with the rows done, of those that all passes read together. */
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
}

const BLOCK = 1024;

/**
 * TF-IDF over all texts of a data set in two blocks, words and characters (one block in CJK texts),
 * of the n-grams that at least two rows have. Each block of a row has length 1, and so has the row.
 * Takes the texts apart twice; then every row can be read as often as it takes.
 */
export async function textFeatures(
  texts: Texts,
  options: TextFeatureOptions = {},
): Promise<TextFeatures> {
  const { count } = texts;
  const { order, signal, onProgress } = options;
  const passes = 3;
  const eachRow = async (pass: number, use: (row: number, place: number) => void) => {
    for (let start = 0; start < count; start += BLOCK) {
      if (signal?.aborted) throw new LinearError("cancelled", "Taking texts apart was cancelled.");
      const end = Math.min(count, start + BLOCK);
      for (let place = start; place < end; place++) use(order?.[place] ?? place, place);
      onProgress?.(pass * count + end, passes * count);
      await setImmediate();
    }
  };
  const scripts = new ScriptCounts();
  let units = 0;
  await eachRow(0, (row) => {
    const text = texts.text(row);
    units += text.length;
    if (options.cjk === undefined) scripts.add(text);
  });
  const cjk = options.cjk ?? scripts.cjk;
  const scanner = new NgramScanner(cjk);
  const filter = new RepeatFilter(filterBits(ngramsOf(units, cjk)));
  await eachRow(1, (row) => {
    scanner.scan(texts.text(row));
    filter.add(scanner.first, scanner.count);
  });
  filter.close();
  const dictionary = new NgramDictionary(filter.repeated);
  const rows = new RowStore(count, options.scratch);
  const writer = new RowWriter(scanner, filter, dictionary, rows);
  await eachRow(2, (row, place) => writer.write(texts.text(row), place));
  rows.close();
  return new TextFeatures(texts, cjk, order, rows, dictionary.close());
}

/** At most how many n-grams texts of so many UTF-16 units have. */
export function ngramsOf(units: number, cjk: boolean): number {
  return units * (cjk ? 3 : 4);
}

const IDF_TABLE = 1 << 16;

/** The features of all rows. Ids run to `ids`; those of one row only are no features. */
export class TextFeatures {
  /** How many features there are: n-grams met in at least two rows. */
  readonly size: number;
  /** How many features all rows have together. */
  readonly occurrences: number;
  readonly ids: number;
  readonly count: number;
  readonly textCounts: Int32Array;
  /** By id: the second hash of its n-gram. */
  readonly second: Int32Array;
  readonly #idf: Float64Array;
  readonly #scanner: NgramScanner;
  readonly #row = { ids: new Int32Array(256), values: new Float64Array(256), count: 0 };
  readonly #held: HeldRows | undefined;
  #places: Int32Array | undefined;
  /** By place: what the values of words and of characters are divided by; 0 until a part is read. */
  #divisors: Float64Array | undefined;
  /** Blocks of a row. */
  readonly #blocks: 1 | 2;

  constructor(
    readonly texts: Texts,
    readonly cjk: boolean,
    readonly order: Int32Array | undefined,
    readonly rows: RowStore,
    ngrams: ReturnType<NgramDictionary["close"]>,
  ) {
    this.count = texts.count;
    this.#blocks = cjk ? 1 : 2;
    this.ids = ngrams.textCounts.length;
    this.textCounts = ngrams.textCounts;
    this.second = ngrams.second;
    this.#scanner = new NgramScanner(cjk);
    let size = 0;
    let occurrences = 0;
    for (let id = 0; id < this.ids; id++) {
      if (this.textCounts[id]! < 2) continue;
      size += 1;
      occurrences += this.textCounts[id]!;
    }
    this.size = size;
    this.occurrences = occurrences;
    this.#held = occurrences <= MOST_HELD ? new HeldRows(this.count, occurrences) : undefined;
    this.#idf = Float64Array.from({ length: Math.min(IDF_TABLE, this.count + 1) }, (_, texts) =>
      this.#idfOf(texts),
    );
  }

  /** The features of the row that stands at `place` of the order, until the next call. */
  at(place: number): FeatureRow {
    const held = this.#held?.row(place);
    if (held !== undefined) return held;
    const row = this.#read(place);
    this.#held?.add(place, row);
    return row;
  }

  #read(place: number): FeatureRow {
    const numbers = this.rows.row(place);
    const row = this.#row;
    if (row.ids.length < numbers.length) {
      row.ids = new Int32Array(2 * numbers.length);
      row.values = new Float64Array(2 * numbers.length);
    }
    row.count = 0;
    const words = 1 + numbers[0]!;
    const wordLength = this.#readBlock(numbers, 1, words);
    const wordCount = row.count;
    const characterLength = this.#readBlock(numbers, words, numbers.length);
    const both = wordLength > 0 && characterLength > 0 ? Math.SQRT2 : 1;
    const { values } = row;
    for (let i = 0; i < wordCount; i++) values[i]! /= both * wordLength;
    for (let i = wordCount; i < row.count; i++) values[i]! /= both * characterLength;
    if (this.#divisors !== undefined) {
      // CJK texts have no words: there both stand at one place, and characters come last.
      const first = this.#blocks * place;
      this.#divisors[first] = both * wordLength;
      this.#divisors[first + this.#blocks - 1] = both * characterLength;
    }
    return row;
  }

  /**
   * Those features of the row at `place` whose ids stand at `from` to `to`, with the values of `at`.
   * Only the first part of a row looks up how often each of its n-grams was met, which is what takes
   * long; of the others each looks up its own. Holds 8 bytes a row and block until `endParts`.
   */
  partAt(place: number, from: number, to: number): FeatureRow {
    this.#divisors ??= new Float64Array(this.#blocks * this.count);
    const divisors = this.#divisors;
    const first = this.#blocks * place;
    const last = first + this.#blocks - 1;
    if (divisors[first] === 0 && divisors[last] === 0) this.#read(place);
    const numbers = this.rows.row(place);
    const words = 1 + numbers[0]!;
    this.#row.count = 0;
    this.#readPart(numbers, 1, words, from, to, divisors[first]!);
    this.#readPart(numbers, words, numbers.length, from, to, divisors[last]!);
    return this.#row;
  }

  /** No part of a row is read any more. */
  endParts(): void {
    this.#divisors = undefined;
  }

  /** The features of a row by its number, with their n-grams as texts. */
  named(row: number): FeatureRow & { ngrams: string[] } {
    const { ids, values, count } = this.at(this.placeOf(row));
    const own = { ids: ids.slice(0, count), values: values.slice(0, count), count };
    return { ...own, ngrams: this.namesOf(row, own.ids) };
  }

  /** Some of a row's features, by their ids, as texts. */
  namesOf(row: number, ids: ArrayLike<number>): string[] {
    const scanner = this.#scanner;
    const text = this.texts.text(row);
    scanner.scan(text);
    // A feature is the first n-gram of its hash. (An n-gram that is met once shares another's hash
    // in one case of four thousand million.)
    const hashes = scanner.second.subarray(0, scanner.count);
    const places = Array.from(ids, (id) => hashes.indexOf(this.second[id]!));
    const ngrams = ngramTexts(text, this.cjk, new Set(places));
    return places.map((place) => ngrams.get(place)!);
  }

  /** Where a row stands in the order. */
  placeOf(row: number): number {
    const { order } = this;
    if (order === undefined) return row;
    if (this.#places === undefined) {
      this.#places = new Int32Array(order.length);
      for (let place = 0; place < order.length; place++) this.#places[order[place]!] = place;
    }
    return this.#places[row]!;
  }

  /** Adds a block's features with their values before scaling; returns the block's length. */
  #readBlock(numbers: Uint32Array, from: number, to: number): number {
    const { textCounts } = this;
    const row = this.#row;
    let squares = 0;
    for (let i = from; i < to; ) {
      const id = numbers[i]!;
      let times = 1;
      while (++i < to && numbers[i] === id) times += 1;
      const met = textCounts[id]!;
      if (met < 2) continue;
      const value = this.#valueOf(met, times);
      row.ids[row.count] = id;
      row.values[row.count++] = value;
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  /** Adds those of a block's features whose ids stand at `from` to `to`. */
  #readPart(
    numbers: Uint32Array,
    first: number,
    end: number,
    from: number,
    to: number,
    divisor: number,
  ): void {
    const { textCounts } = this;
    const row = this.#row;
    for (let i = first; i < end; ) {
      const id = numbers[i]!;
      let times = 1;
      while (++i < end && numbers[i] === id) times += 1;
      if (id < from || id >= to) continue;
      const met = textCounts[id]!;
      if (met < 2) continue;
      row.ids[row.count] = id;
      row.values[row.count++] = this.#valueOf(met, times) / divisor;
    }
  }

  /** The value before scaling of an n-gram that so many rows have, and this row so many times. */
  #valueOf(met: number, times: number): number {
    const idf = met < IDF_TABLE ? this.#idf[met]! : this.#idfOf(met);
    return times === 1 ? idf : (1 + Math.log(times)) * idf;
  }

  #idfOf(texts: number): number {
    return 1 + Math.log((1 + this.count) / (1 + texts));
  }
}
