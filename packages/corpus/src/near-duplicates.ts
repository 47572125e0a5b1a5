/** How near-duplicates are found. */
export interface NearDuplicateOptions {
  /** The least share of common character pairs (Jaccard) that makes two texts near. Default 0.8. */
  threshold?: number | undefined;
}

/** 12 bands of 5 hashes: texts with 0.8 in common share a band with a chance of 0.99. */
const bands = 12;
const rows = 5;
const hashes = bands * rows;

/** How many texts with the same band are compared with a new one: a bound against huge buckets. */
const comparedTexts = 8;

/** Odd multipliers and offsets of the hash family, made once from a fixed sequence. */
const { multipliers, offsets } = hashFamily();

/**
 * Collects texts as MinHash signatures over pairs of neighbouring characters (60 bytes a text, so
 * 175 MB for 2.9 million) and groups those that are nearly the same. Case, blanks and punctuation
 * do not count.
 */
export class NearDuplicates {
  private signatures = new Uint8Array(1024 * hashes);
  private count = 0;
  private readonly minima = new Int32Array(hashes);
  private readonly leastEqual: number;

  constructor({ threshold = 0.8 }: NearDuplicateOptions = {}) {
    // Two bytes are equal by chance once in 256.
    this.leastEqual = Math.round(hashes * (threshold + (1 - threshold) / 256));
  }

  /** Adds the next text; texts are numbered from 0. */
  add(text: string): void {
    if ((this.count + 1) * hashes > this.signatures.length) {
      const grown = new Uint8Array(this.signatures.length * 2);
      grown.set(this.signatures);
      this.signatures = grown;
    }
    this.sign(text);
    const at = this.count * hashes;
    for (let h = 0; h < hashes; h += 1) {
      this.signatures[at + h] = (this.minima[h] as number) >>> 13;
    }
    this.count += 1;
  }

  /**
   * The group of each text (n): the lowest number among texts that hang together by nearness. A
   * text with no near one is a group of its own.
   */
  groups(): Int32Array {
    const n = this.count;
    const parents = Int32Array.from({ length: n }, (_, i) => i);
    for (let band = 0; band < bands; band += 1) this.joinBand(band, parents);
    for (let i = 0; i < n; i += 1) parents[i] = rootOf(parents, i);
    return parents;
  }

  private sign(text: string): void {
    const { minima } = this;
    minima.fill(0x7fffffff);
    let previous = 0x2f;
    let pairs = 0;
    for (const character of text.toLowerCase().replace(/[\p{P}\p{Z}\p{S}\p{C}]+/gu, "")) {
      const point = character.codePointAt(0) as number;
      this.mix(Math.imul(previous, 0x9e3779b1) ^ point);
      previous = point;
      pairs += 1;
    }
    // A text of punctuation alone is near only to the very same one.
    if (pairs === 0) for (const character of text) this.mix(character.codePointAt(0) as number);
  }

  private mix(pair: number): void {
    const { minima } = this;
    let x = Math.imul(pair ^ (pair >>> 16), 0x21f0aaad);
    x ^= x >>> 15;
    for (let h = 0; h < hashes; h += 1) {
      const hash = (Math.imul(x, multipliers[h] as number) + (offsets[h] as number)) | 0;
      if (hash < (minima[h] as number)) minima[h] = hash;
    }
  }

  /** Joins texts that agree in this band and in enough of the whole signature. */
  private joinBand(band: number, parents: Int32Array): void {
    const { signatures, count: n } = this;
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, n)));
    const heads = new Int32Array(size).fill(-1);
    const next = new Int32Array(n).fill(-1);
    for (let i = 0; i < n; i += 1) {
      const at = i * hashes + band * rows;
      let key = 0;
      for (let r = 0; r < rows; r += 1) {
        key = Math.imul(key ^ (signatures[at + r] as number), 0x5bd1e995);
        key ^= key >>> 15;
      }
      const bucket = key & (size - 1);
      let other = heads[bucket] as number;
      for (let seen = 0; other >= 0 && seen < comparedTexts; seen += 1) {
        if (rootOf(parents, other) !== rootOf(parents, i) && this.near(i, other)) {
          join(parents, i, other);
        }
        other = next[other] as number;
      }
      next[i] = heads[bucket] as number;
      heads[bucket] = i;
    }
  }

  private near(a: number, b: number): boolean {
    const { signatures } = this;
    let equal = 0;
    for (let h = 0; h < hashes; h += 1) {
      if (signatures[a * hashes + h] === signatures[b * hashes + h]) equal += 1;
    }
    return equal >= this.leastEqual;
  }
}

/** The lowest member of a text's group, halving the way there for the next call. */
function rootOf(parents: Int32Array, start: number): number {
  let i = start;
  while (parents[i] !== i) {
    const parent = parents[i] as number;
    parents[i] = parents[parent] as number;
    i = parents[i] as number;
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
  const multipliers = new Int32Array(hashes);
  const offsets = new Int32Array(hashes);
  let state = 0x6a09e667;
  const step = () => {
    state = Math.imul(state ^ (state >>> 16), 0x45d9f3b) + 0x3c6ef372;
    return state | 0;
  };
  for (let h = 0; h < hashes; h += 1) {
    multipliers[h] = step() | 1;
    offsets[h] = step();
  }
  return { multipliers, offsets };
}
