/** How near-duplicates are found. */
export interface NearDuplicateOptions {
  /**
   * The smallest share of common character pairs (Jaccard) that makes two texts near-duplicates.
   * Default 0.8.
   */
  threshold?: number | undefined;
  /**
   * Bands of hashes, and hashes per band. Default 12 of 5: texts with similarity 0.8 share a band
   * with probability 0.99.
   */
  bands?: number | undefined;
  bandHashes?: number | undefined;
}

const MOST_HASHES = 60;

/** How many texts with the same band a new text is compared with: a bound against huge buckets. */
const COMPARED_TEXTS = 8;

/** Signatures are stored in pieces of so many texts, so that the storage grows without copying. */
const PIECE_TEXTS = 1 << 15;

/** Odd multipliers and offsets of the hash family, made once from a fixed sequence. */
const { multipliers: MULTIPLIERS, offsets: OFFSETS } = hashFamily();

/**
 * Collects texts as MinHash signatures over pairs of neighbouring characters (a byte a hash: 60 a
 * text, so 175 MB for 2.9 million) and groups those that are nearly the same. Case, white space and
 * punctuation are ignored.
 */
export class NearDuplicates {
  readonly #pieces: Uint8Array[] = [];
  #count = 0;
  readonly #bands: number;
  readonly #bandHashes: number;
  readonly #hashes: number;
  readonly #minima: Int32Array;
  readonly #leastEqual: number;

  constructor({ threshold = 0.8, bands = 12, bandHashes = 5 }: NearDuplicateOptions = {}) {
    this.#bands = bands;
    this.#bandHashes = bandHashes;
    this.#hashes = bands * bandHashes;
    if (this.#hashes > MOST_HASHES) throw new RangeError(`at most ${MOST_HASHES} hashes`);
    this.#minima = new Int32Array(this.#hashes);
    // Two bytes are equal by chance once in 256.
    this.#leastEqual = Math.round(this.#hashes * (threshold + (1 - threshold) / 256));
  }

  /** Adds the next text; texts are numbered from 0. */
  add(text: string): void {
    const hashes = this.#hashes;
    const count = this.#count;
    if (count % PIECE_TEXTS === 0) this.#pieces.push(new Uint8Array(PIECE_TEXTS * hashes));
    this.#sign(text);
    const piece = this.#pieces[Math.floor(count / PIECE_TEXTS)]!;
    const at = (count % PIECE_TEXTS) * hashes;
    for (let h = 0; h < hashes; h += 1) piece[at + h] = this.#minima[h]! >>> 13;
    this.#count += 1;
  }

  /**
   * The group of each text (n): the lowest number among the texts that near-duplicate pairs
   * connect. A text without near-duplicates is a group of its own.
   */
  groups(): Int32Array {
    const n = this.#count;
    const parents = new Int32Array(n);
    for (let i = 0; i < n; i += 1) parents[i] = i;
    const heads = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, n))));
    const next = new Int32Array(n);
    for (let band = 0; band < this.#bands; band += 1) this.#joinBand(band, parents, heads, next);
    for (let i = 0; i < n; i += 1) parents[i] = rootOf(parents, i);
    return parents;
  }

  #sign(text: string): void {
    this.#minima.fill(0x7fffffff);
    let previous = 0x2f;
    let pairs = 0;
    for (const character of text.toLowerCase().replace(/[\p{P}\p{Z}\p{S}\p{C}]+/gu, "")) {
      const point = character.codePointAt(0)!;
      this.#mix(Math.imul(previous, 0x9e3779b1) ^ point);
      previous = point;
      pairs += 1;
    }
    // A text that is only punctuation is near only to an identical one.
    if (pairs === 0) for (const character of text) this.#mix(character.codePointAt(0)!);
  }

  #mix(pair: number): void {
    const minima = this.#minima;
    const hashes = this.#hashes;
    let x = Math.imul(pair ^ (pair >>> 16), 0x21f0aaad);
    x ^= x >>> 15;
    for (let h = 0; h < hashes; h += 1) {
      const hash = (Math.imul(x, MULTIPLIERS[h]!) + OFFSETS[h]!) | 0;
      if (hash < minima[h]!) minima[h] = hash;
    }
  }

  /** Joins texts that agree in this band and in enough of their signatures. */
  #joinBand(band: number, parents: Int32Array, heads: Int32Array, next: Int32Array): void {
    const hashes = this.#hashes;
    const bandHashes = this.#bandHashes;
    const n = this.#count;
    heads.fill(-1);
    for (let i = 0; i < n; i += 1) {
      const piece = this.#pieces[Math.floor(i / PIECE_TEXTS)]!;
      const at = (i % PIECE_TEXTS) * hashes + band * bandHashes;
      let key = 0;
      for (let r = 0; r < bandHashes; r += 1) {
        key = Math.imul(key ^ piece[at + r]!, 0x5bd1e995);
        key ^= key >>> 15;
      }
      const bucket = key & (heads.length - 1);
      let other = heads[bucket]!;
      for (let seen = 0; other >= 0 && seen < COMPARED_TEXTS; seen += 1) {
        if (rootOf(parents, other) !== rootOf(parents, i) && this.#near(i, other)) {
          join(parents, i, other);
        }
        other = next[other]!;
      }
      next[i] = heads[bucket]!;
      heads[bucket] = i;
    }
  }

  #near(a: number, b: number): boolean {
    const hashes = this.#hashes;
    const pieces = this.#pieces;
    const pieceA = pieces[Math.floor(a / PIECE_TEXTS)]!;
    const pieceB = pieces[Math.floor(b / PIECE_TEXTS)]!;
    const atA = (a % PIECE_TEXTS) * hashes;
    const atB = (b % PIECE_TEXTS) * hashes;
    let equal = 0;
    for (let h = 0; h < hashes; h += 1) if (pieceA[atA + h] === pieceB[atB + h]) equal += 1;
    return equal >= this.#leastEqual;
  }
}

/** The lowest member of a text's group, halving the path for the next call. */
function rootOf(parents: Int32Array, start: number): number {
  let i = start;
  while (parents[i] !== i) {
    const parent = parents[i]!;
    parents[i] = parents[parent]!;
    i = parents[i]!;
  }
  return i;
}

function join(parents: Int32Array, a: number, b: number): void {
  const rootA = rootOf(parents, a);
  const rootB = rootOf(parents, b);
  if (rootA < rootB) parents[rootB] = rootA;
  else parents[rootA] = rootB;
}

function hashFamily(): { multipliers: Int32Array; offsets: Int32Array } {
  const multipliers = new Int32Array(MOST_HASHES);
  const offsets = new Int32Array(MOST_HASHES);
  let state = 0x6a09e667;
  const step = () => {
    state = Math.imul(state ^ (state >>> 16), 0x45d9f3b) + 0x3c6ef372;
    return state | 0;
  };
  for (let h = 0; h < MOST_HASHES; h += 1) {
    multipliers[h] = step() | 1;
    offsets[h] = step();
  }
  return { multipliers, offsets };
}
