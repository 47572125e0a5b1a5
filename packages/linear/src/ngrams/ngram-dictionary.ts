const FULLEST = 0.7;

/** What is known of an n-gram stands together, because each look at memory takes a while. */
const RECORD = 4;
const FIRST = 0;
const SECOND = 1;
const LAST_TEXT = 2;
const TEXTS = 3;

/** Numbers n-grams, named by two hashes, from 0 in the order in which they are first met. */
export class NgramDictionary {
  size = 0;
  /** Whether the n-gram that was added last had been met in its text before. */
  isRepeated = false;
  /** By id: both hashes, the text that had it last, and in how many texts it occurs. */
  #records: Int32Array;
  /** Open addressing: id + 1, or 0 for a free place. */
  #table: Int32Array;

  constructor(expected: number) {
    const room = Math.max(64, Math.ceil(1.05 * expected));
    this.#records = new Int32Array(RECORD * room);
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(room / FULLEST)));
  }

  /**
   * Of the n-grams at these places: the id of each that stands where its hash looks first, -1 of all
   * others. Two loops without branches: the processor looks at many places of memory at once, which
   * `add`, one n-gram after the other, does not let it do.
   */
  findMany(
    first: Int32Array,
    second: Int32Array,
    places: Int32Array,
    count: number,
    ids: Int32Array,
  ): void {
    const table = this.#table;
    const records = this.#records;
    const mask = table.length - 1;
    for (let j = 0; j < count; j++) ids[j] = table[first[places[j]!]! & mask]! - 1;
    for (let j = 0; j < count; j++) {
      const id = ids[j]!;
      const at = RECORD * Math.max(0, id);
      const i = places[j]!;
      const isIt = records[at + SECOND] === second[i]! && records[at + FIRST] === first[i]!;
      ids[j] = isIt ? id : -1;
    }
  }

  /** Counts an n-gram that has an id; returns whether its text had it before. */
  meet(id: number, text: number): boolean {
    const records = this.#records;
    const at = RECORD * id;
    if (records[at + LAST_TEXT] === text) return true;
    records[at + LAST_TEXT] = text;
    records[at + TEXTS]! += 1;
    return false;
  }

  /** The id of an n-gram of text number `text`, counted once a text; texts come one after another. */
  add(first: number, second: number, text: number): number {
    if (this.size >= FULLEST * this.#table.length) this.#growTable();
    const table = this.#table;
    const records = this.#records;
    const mask = table.length - 1;
    let place = first & mask;
    for (;;) {
      const id = table[place]! - 1;
      if (id < 0) {
        table[place] = this.size + 1;
        this.isRepeated = false;
        return this.#insert(first, second, text);
      }
      const at = RECORD * id;
      if (records[at + SECOND] === second && records[at + FIRST] === first) {
        this.isRepeated = this.meet(id, text);
        return id;
      }
      place = (place + 1) & mask;
    }
  }

  /**
   * Nothing more is added: by id, in how many texts each n-gram occurs, and its second hash, by which
   * it is told from others without the table.
   */
  close(): { textCounts: Int32Array; second: Int32Array } {
    this.#table = new Int32Array(0);
    const { size } = this;
    const records = this.#records;
    const textCounts = new Int32Array(size);
    const second = new Int32Array(size);
    for (let id = 0; id < size; id++) {
      textCounts[id] = records[RECORD * id + TEXTS]!;
      second[id] = records[RECORD * id + SECOND]!;
    }
    this.#records = new Int32Array(0);
    return { textCounts, second };
  }

  #insert(first: number, second: number, text: number): number {
    const id = this.size++;
    const at = RECORD * id;
    if (at === this.#records.length) this.#growRecords();
    const records = this.#records;
    records[at + FIRST] = first;
    records[at + SECOND] = second;
    records[at + LAST_TEXT] = text;
    records[at + TEXTS] = 1;
    return id;
  }

  #growRecords(): void {
    const records = new Int32Array(RECORD * Math.ceil((1.5 * this.#records.length) / RECORD));
    records.set(this.#records);
    this.#records = records;
  }

  #growTable(): void {
    const table = new Int32Array(2 * this.#table.length);
    const mask = table.length - 1;
    for (let id = 0; id < this.size; id++) {
      let place = this.#records[RECORD * id + FIRST]! & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = id + 1;
    }
    this.#table = table;
  }
}
