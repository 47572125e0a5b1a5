const FULLEST = 0.7;

/** Numbers n-grams, named by two hashes, from 0 in the order in which they are first met. */
export class NgramDictionary {
  size = 0;
  /** By id: in how many texts it occurs. */
  textCounts: Int32Array;
  /** By id: its second hash, by which it is told from others once the table is gone. */
  second: Int32Array;
  #first: Int32Array;
  /** Open addressing: id + 1, or 0 for a free place. */
  #table: Int32Array;
  #lastText: Int32Array;

  constructor(expected: number) {
    const room = Math.max(64, Math.ceil(1.05 * expected));
    this.textCounts = new Int32Array(room);
    this.second = new Int32Array(room);
    this.#first = new Int32Array(room);
    this.#lastText = new Int32Array(room);
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(room / FULLEST)));
  }

  /** The id of an n-gram of text number `text`, counted once a text; texts come one after another. */
  add(first: number, second: number, text: number): number {
    if (this.size >= FULLEST * this.#table.length) this.#growTable();
    const table = this.#table;
    const mask = table.length - 1;
    let place = first & mask;
    for (;;) {
      const id = table[place]! - 1;
      if (id < 0) {
        table[place] = this.size + 1;
        return this.#insert(first, second, text);
      }
      if (this.second[id] === second && this.#first[id] === first) {
        if (this.#lastText[id] !== text) {
          this.#lastText[id] = text;
          this.textCounts[id]! += 1;
        }
        return id;
      }
      place = (place + 1) & mask;
    }
  }

  /** Nothing more is added: gives back what only adding needs. */
  close(): void {
    this.#table = new Int32Array(0);
    this.#first = new Int32Array(0);
    this.#lastText = new Int32Array(0);
    if (this.size < this.second.length) {
      this.second = this.second.slice(0, this.size);
      this.textCounts = this.textCounts.slice(0, this.size);
    }
  }

  #insert(first: number, second: number, text: number): number {
    if (this.size === this.second.length) this.#growIds();
    const id = this.size++;
    this.#first[id] = first;
    this.second[id] = second;
    this.#lastText[id] = text;
    this.textCounts[id] = 1;
    return id;
  }

  #growIds(): void {
    const room = Math.ceil(1.5 * this.second.length);
    this.textCounts = grown(this.textCounts, room);
    this.second = grown(this.second, room);
    this.#first = grown(this.#first, room);
    this.#lastText = grown(this.#lastText, room);
  }

  #growTable(): void {
    const table = new Int32Array(2 * this.#table.length);
    const mask = table.length - 1;
    for (let id = 0; id < this.size; id++) {
      let place = this.#first[id]! & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = id + 1;
    }
    this.#table = table;
  }
}

function grown(values: Int32Array, room: number): Int32Array {
  const more = new Int32Array(room);
  more.set(values);
  return more;
}
