import { setImmediate } from "node:timers/promises";
import { LinearError } from "../errors.js";
import { NgramDictionary } from "./ngram-dictionary.js";
import { NgramScanner, ngramTexts } from "./ngram-scanner.js";
import { filterBits, RepeatFilter } from "./repeat-filter.js";
import { RowStore, type Scratch } from "./row-store.js";
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

/** One row's features, in arrays that the next call overwrites: `count` ids with their values. */
export interface FeatureRow {
  ids: Int32Array;
  values: Float64Array;
  count: number;
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
    for (let i = 0; i < scanner.count; i++) filter.add(scanner.first[i]!);
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

/** Stores rows: the number of entries that are words, then ids, each as often as it occurs. */
class RowWriter {
  #numbers = new Uint32Array(1024);
  /** By id: how often the row has it again. */
  #again = new Int32Array(1024);
  #met = new Int32Array(1024);
  /** The places of the n-grams that may be features, and their ids as far as they are known. */
  #kept = new Int32Array(1024);
  #ids = new Int32Array(1024);

  constructor(
    readonly scanner: NgramScanner,
    readonly filter: RepeatFilter,
    readonly dictionary: NgramDictionary,
    readonly rows: RowStore,
  ) {}

  write(text: string, place: number): void {
    const { scanner, rows } = this;
    scanner.scan(text);
    if (this.#numbers.length <= scanner.count) {
      this.#numbers = new Uint32Array(2 * scanner.count + 1);
      this.#met = new Int32Array(2 * scanner.count + 1);
      this.#kept = new Int32Array(2 * scanner.count + 1);
      this.#ids = new Int32Array(2 * scanner.count + 1);
    }
    const words = this.#writeBlock(0, scanner.wordCount, place, 1);
    const end = this.#writeBlock(scanner.wordCount, scanner.count, place, words);
    this.#numbers[0] = words - 1;
    rows.append(this.#numbers, end);
  }

  #writeBlock(from: number, to: number, place: number, at: number): number {
    const { scanner, filter, dictionary } = this;
    const { first, second } = scanner;
    const met = this.#met;
    const kept = this.#kept;
    const ids = this.#ids;
    const count = filter.repeats(first, from, to, kept);
    dictionary.findMany(first, second, kept, count, ids);
    let different = 0;
    let hasAgain = false;
    for (let j = 0; j < count; j++) {
      let id = ids[j]!;
      let isRepeated: boolean;
      if (id >= 0) isRepeated = dictionary.meet(id, place);
      else {
        const i = kept[j]!;
        id = dictionary.add(first[i]!, second[i]!, place);
        isRepeated = dictionary.isRepeated;
      }
      if (!isRepeated) met[different++] = id;
      else {
        if (id >= this.#again.length) this.#growAgain(id);
        this.#again[id]! += 1;
        hasAgain = true;
      }
    }
    if (!hasAgain) {
      for (let m = 0; m < different; m++) this.#numbers[at++] = met[m]!;
      return at;
    }
    const again = this.#again;
    for (let m = 0; m < different; m++) {
      const id = met[m]!;
      this.#numbers[at++] = id;
      if (id >= again.length) continue;
      for (let times = again[id]!; times > 0; times--) this.#numbers[at++] = id;
      again[id] = 0;
    }
    return at;
  }

  #growAgain(id: number): void {
    const again = new Int32Array(Math.max(2 * this.#again.length, id + 1));
    again.set(this.#again);
    this.#again = again;
  }
}

const IDF_TABLE = 1 << 16;

/** The features of all rows. Ids run to `ids`; those of one row only are no features. */
export class TextFeatures {
  /** How many features there are: n-grams met in at least two rows. */
  readonly size: number;
  readonly ids: number;
  readonly count: number;
  readonly textCounts: Int32Array;
  readonly #second: Int32Array;
  readonly #idf: Float64Array;
  readonly #row: FeatureRow = { ids: new Int32Array(256), values: new Float64Array(256), count: 0 };
  #places: Int32Array | undefined;

  constructor(
    readonly texts: Texts,
    readonly cjk: boolean,
    readonly order: Int32Array | undefined,
    readonly rows: RowStore,
    ngrams: ReturnType<NgramDictionary["close"]>,
  ) {
    this.count = texts.count;
    this.ids = ngrams.textCounts.length;
    this.textCounts = ngrams.textCounts;
    this.#second = ngrams.second;
    let size = 0;
    for (let id = 0; id < this.ids; id++) if (this.textCounts[id]! >= 2) size += 1;
    this.size = size;
    this.#idf = Float64Array.from({ length: Math.min(IDF_TABLE, this.count + 1) }, (_, texts) =>
      this.#idfOf(texts),
    );
  }

  /** The features of the row that stands at `place` of the order. */
  at(place: number): FeatureRow {
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
    return row;
  }

  /** The features of a row by its number, with their n-grams as texts. */
  named(row: number): { ids: Int32Array; values: Float64Array; ngrams: string[] } {
    const { ids, values, count } = this.at(this.placeOf(row));
    const text = this.texts.text(row);
    const scanner = new NgramScanner(this.cjk);
    scanner.scan(text);
    const all = ngramTexts(text, this.cjk);
    // Both lists are in the order of the text: each feature is the next n-gram of its hash. (An
    // n-gram that is met once shares another's hash in one case of four thousand million.)
    const ngrams: string[] = [];
    const byHash = new Map<number, string>();
    for (let i = scanner.count - 1; i >= 0; i--) byHash.set(scanner.second[i]!, all.ngrams[i]!);
    for (let i = 0; i < count; i++) ngrams.push(byHash.get(this.#second[ids[i]!]!)!);
    return { ids: ids.slice(0, count), values: values.slice(0, count), ngrams };
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
      const idf = met < IDF_TABLE ? this.#idf[met]! : this.#idfOf(met);
      const value = times === 1 ? idf : (1 + Math.log(times)) * idf;
      row.ids[row.count] = id;
      row.values[row.count++] = value;
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  #idfOf(texts: number): number {
    return 1 + Math.log((1 + this.count) / (1 + texts));
  }
}
