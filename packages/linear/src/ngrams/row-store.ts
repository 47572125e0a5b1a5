/** A file of the caller's for what does not fit into memory: bytes are appended and read again. */
export interface Scratch {
  /** Returns where the bytes begin. */
  append(bytes: Uint8Array): number;
  read(at: number, into: Uint8Array): void;
}

/** Numbers that a chunk holds, unless one row alone has more. */
const CHUNK = 1 << 20;
/** Chunks that stay in memory although there is a file: 256 MB. */
const KEPT = 64;

interface Chunk {
  /** The first row in it. */
  readonly first: number;
  numbers: Uint32Array | undefined;
  /** Where it stands in the file, once it is there. */
  at: number;
  used: number;
}

/** What a row store holds. */
export interface StoredRows {
  /** (rows) */
  readonly lengths: Uint32Array;
  /** Of all rows together, in parts. */
  readonly numbers: readonly Uint32Array[];
}

/** Rows of whole numbers, appended once and then read by place, in memory or in a caller's file. */
export class RowStore {
  /** Where each row starts in its chunk, and its length. */
  readonly #starts: Uint32Array;
  readonly #lengths: Uint32Array;
  readonly #chunks: Chunk[] = [];
  readonly scratch: Scratch | undefined;
  #rows = 0;
  /** The chunk read last: its numbers, and the rows it holds. */
  #loaded: Uint32Array = new Uint32Array(0);
  #loadedFrom = 0;
  #loadedTo = 0;

  readonly #kept: number;

  constructor(rows: number, scratch?: Scratch, kept = KEPT) {
    this.#kept = kept;
    this.#starts = new Uint32Array(rows);
    this.#lengths = new Uint32Array(rows);
    this.scratch = scratch;
  }

  /** A store of rows that another one held: `numbers` in one part. */
  static of({ lengths, numbers }: StoredRows): RowStore {
    const store = new RowStore(lengths.length);
    const all = numbers[0]!;
    store.#chunks.push({ first: 0, numbers: all, at: -1, used: all.length });
    store.#lengths.set(lengths);
    store.#rows = lengths.length;
    for (let row = 1; row < lengths.length; row++) {
      store.#starts[row] = store.#starts[row - 1]! + lengths[row - 1]!;
    }
    return store;
  }

  /** Appends a row: the first `count` of `numbers`. */
  append(numbers: Uint32Array, count: number): void {
    let chunk = this.#chunks.at(-1);
    if (chunk?.numbers === undefined || chunk.used + count > chunk.numbers.length) {
      if (chunk !== undefined) this.#finish(chunk);
      chunk = {
        first: this.#rows,
        numbers: new Uint32Array(Math.max(CHUNK, count)),
        at: -1,
        used: 0,
      };
      this.#chunks.push(chunk);
    }
    for (let i = 0; i < count; i++) chunk.numbers![chunk.used + i] = numbers[i]!;
    this.#starts[this.#rows] = chunk.used;
    this.#lengths[this.#rows] = count;
    chunk.used += count;
    this.#rows += 1;
  }

  /** No row follows: gives back what the last chunk does not need. */
  close(): void {
    const last = this.#chunks.at(-1);
    if (last !== undefined) this.#finish(last);
  }

  /** Row `place`, as a view that the next call may overwrite. */
  row(place: number): Uint32Array {
    if (place < this.#loadedFrom || place >= this.#loadedTo) this.#load(this.#chunkOf(place));
    const start = this.#starts[place]!;
    return this.#loaded.subarray(start, start + this.#lengths[place]!);
  }

  /** All rows: their lengths, and their numbers end to end; null where the file holds some. */
  stored(): StoredRows | null {
    const numbers: Uint32Array[] = [];
    for (const chunk of this.#chunks) {
      if (chunk.numbers === undefined) return null;
      numbers.push(chunk.numbers.subarray(0, chunk.used));
    }
    return { lengths: this.#lengths, numbers };
  }

  #chunkOf(place: number): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#chunks[middle]!.first <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #load(at: number): void {
    const chunk = this.#chunks[at]!;
    let { numbers } = chunk;
    if (numbers === undefined) {
      numbers = new Uint32Array(chunk.used);
      this.scratch!.read(chunk.at, new Uint8Array(numbers.buffer));
    }
    this.#loaded = numbers;
    this.#loadedFrom = chunk.first;
    this.#loadedTo = this.#chunks[at + 1]?.first ?? this.#rows;
  }

  #finish(chunk: Chunk): void {
    const numbers = chunk.numbers!;
    if (this.scratch !== undefined && this.#chunks.length > this.#kept) {
      const bytes = new Uint8Array(numbers.buffer, 0, 4 * chunk.used);
      chunk.at = this.scratch.append(bytes);
      chunk.numbers = undefined;
    } else if (2 * chunk.used < numbers.length) chunk.numbers = numbers.slice(0, chunk.used);
  }
}
