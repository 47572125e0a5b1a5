/**
 * Says of n-grams which may have been added twice: two bits for each bucket of hashes. It keeps the
 * many n-grams that occur once out of the dictionary, which needs 100 times the memory for each. A
 * bucket that several n-grams share only lets some in that the dictionary then counts exactly.
 */
export class RepeatFilter {
  readonly #shift: number;
  /** By 32 buckets: a word of bits for those added to, and beside it one for those added to twice. */
  #both: Int32Array;
  #twice = new Int32Array(0);
  /** Buckets that were added to twice. */
  repeated = 0;

  constructor(bits: number) {
    this.#shift = 32 - bits;
    this.#both = new Int32Array(2 ** (bits - 4));
  }

  /**
   * Adds the first `count` hashes. Without branches, as `repeats` is, and each looks at one place of
   * memory only.
   */
  add(hashes: Int32Array, count: number): void {
    const both = this.#both;
    const shift = this.#shift;
    let repeated = 0;
    for (let i = 0; i < count; i++) {
      const bucket = hashes[i]! >>> shift;
      const at = (bucket >>> 5) << 1;
      const bit = bucket & 31;
      const once = both[at]!;
      const twice = both[at + 1]!;
      const again = (once >>> bit) & 1;
      both[at] = once | (1 << bit);
      both[at + 1] = twice | (again << bit);
      repeated += again & ~(twice >>> bit);
    }
    this.repeated += repeated;
  }

  /** No more will be added: half of the memory is given back. */
  close(): void {
    const twice = new Int32Array(this.#both.length / 2);
    for (let i = 0; i < twice.length; i++) twice[i] = this.#both[2 * i + 1]!;
    this.#twice = twice;
    this.#both = new Int32Array(0);
  }

  /**
   * Writes the places, from `from` to `to`, of the hashes that may have been added twice, and returns
   * their number. Without branches, so that the processor looks at many places of memory at once.
   */
  repeats(hashes: Int32Array, from: number, to: number, places: Int32Array): number {
    const twice = this.#twice;
    const shift = this.#shift;
    let count = 0;
    for (let i = from; i < to; i++) {
      const bucket = hashes[i]! >>> shift;
      places[count] = i;
      count += (twice[bucket >>> 5]! >>> (bucket & 31)) & 1;
    }
    return count;
  }
}

const FEWEST_BITS = 16;
const MOST_BITS = 30;

/** Eight buckets for each n-gram that can occur, at most 2^30. */
export function filterBits(ngrams: number): number {
  return Math.min(MOST_BITS, Math.max(FEWEST_BITS, Math.ceil(Math.log2(8 * ngrams + 1))));
}
