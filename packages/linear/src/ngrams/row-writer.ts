import type { NgramDictionary } from "./ngram-dictionary.js";
import type { NgramScanner } from "./ngram-scanner.js";
import type { RepeatFilter } from "./repeat-filter.js";
import type { RowStore } from "./row-store.js";

/** Stores rows: the number of entries that are words, then ids, each as often as it occurs. */
export class RowWriter {
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
