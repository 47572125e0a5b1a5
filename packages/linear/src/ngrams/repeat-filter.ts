/**
 * Says of n-grams which may have been added twice: two bits for each bucket of hashes. It keeps the
 * many n-grams that occur once out of the dictionary, which needs 100 times the memory for each. A
 * bucket that several n-grams share only lets some in that the dictionary then counts exactly.
 */
export class RepeatFilter {
  readonly #shift: number;
  #once: Uint32Array | undefined;
  readonly #twice: Uint32Array;
  /** Buckets that were added to twice. */
  repeated = 0;

  constructor(bits: number) {
    this.#shift = 32 - bits;
    this.#once = new Uint32Array(2 ** (bits - 5));
    this.#twice = new Uint32Array(2 ** (bits - 5));
  }

  add(hash: number): void {
    const once = this.#once!;
    const bucket = hash >>> this.#shift;
    const word = bucket >>> 5;
    const bit = 1 << (bucket & 31);
    if (!(once[word]! & bit)) once[word]! |= bit;
    else if (!(this.#twice[word]! & bit)) {
      this.#twice[word]! |= bit;
      this.repeated += 1;
    }
  }

  /** No more will be added: half of the memory is given back. */
  close(): void {
    this.#once = undefined;
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
