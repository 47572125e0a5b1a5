import type { SentenceEncoder } from "./sentence-encoder.js";
import type { Units } from "./static-units.js";
import { encodeUnits, type StaticOptions } from "./unit-vectors.js";

export type { StaticOptions } from "./unit-vectors.js";

/** Vectors of texts as weighted sums of their units'. */
export interface StaticVectors {
  readonly d: number;
  /** Consecutive texts, (rows, d); the memory is used again for the next block. */
  blocks(): Generator<{ start: number; rows: number; values: Float32Array }>;
}

/** a of a / (a + p): units that make up more than this share of all count less. */
const RARE_SHARE = 1e-3;
const BLOCK = 1024;
/** Units that are held, 64 MB; where texts have more, they are taken apart again. */
const MOST_HELD = 1 << 24;

/**
 * Static vectors of texts: the encoder sees its vocabulary once; a text is the sum of its units'
 * vectors, each weighted a / (a + p) with a = .001 and p its share of all units of all texts. A text
 * without units is a zero vector. `texts` is gone through once; where it has more than `mostHeld` units,
 * once more by each `blocks()`.
 */
export async function openStaticVectors(
  encoder: SentenceEncoder,
  texts: () => Iterable<string>,
  options: StaticOptions = {},
  mostHeld = MOST_HELD,
): Promise<StaticVectors> {
  const { width: d } = encoder;
  const { units, vectors } = await encodeUnits(encoder, texts, options);
  centre(vectors, d);
  const { weights, held } = countUnits(units, vectors.length / d, texts(), mostHeld);
  return {
    d,
    *blocks() {
      const values = new Float32Array(BLOCK * d);
      let [start, rows] = [0, 0];
      for (const own of held?.all() ?? unitsOf(units, texts())) {
        addUnits(values, rows * d, d, vectors, weights, own);
        rows++;
        if (rows < BLOCK) continue;
        yield { start, rows, values };
        start += rows;
        rows = 0;
      }
      if (rows > 0) yield { start, rows, values: values.subarray(0, rows * d) };
    },
  };
}

function* unitsOf(units: Units, texts: Iterable<string>): Generator<ArrayLike<number>> {
  for (const text of texts) yield units.of(text);
}

/** The units of texts, one text's behind another's. */
class HeldUnits {
  #ids = new Int32Array(1024);
  readonly #ends: number[] = [];

  add(own: ArrayLike<number>): void {
    const start = this.#ends.at(-1) ?? 0;
    const end = start + own.length;
    if (end > this.#ids.length) {
      const more = new Int32Array(2 * end);
      more.set(this.#ids);
      this.#ids = more;
    }
    this.#ids.set(own, start);
    this.#ends.push(end);
  }

  *all(): Generator<Int32Array> {
    let start = 0;
    for (const end of this.#ends) {
      yield this.#ids.subarray(start, end);
      start = end;
    }
  }
}

/**
 * Writes the weighted sum of some units' vectors to `out`, rounded to float32 after each: two units in a
 * pass, so that the sum is loaded and stored half as often.
 */
function addUnits(
  out: Float32Array,
  to: number,
  d: number,
  vectors: Float32Array,
  weights: Float64Array,
  own: ArrayLike<number>,
): void {
  out.fill(0, to, to + d);
  const even = own.length & ~1;
  for (let i = 0; i < even; i += 2) {
    const [a, b] = [own[i]! * d, own[i + 1]! * d];
    const [weightA, weightB] = [weights[own[i]!]!, weights[own[i + 1]!]!];
    for (let c = 0; c < d; c++) {
      const first = Math.fround(out[to + c]! + weightA * vectors[a + c]!);
      out[to + c] = first + weightB * vectors[b + c]!;
    }
  }
  if (even === own.length) return;
  const [at, weight] = [own[even]! * d, weights[own[even]!]!];
  for (let c = 0; c < d; c++) out[to + c] = out[to + c]! + weight * vectors[at + c]!;
}

/** Takes the mean row away. */
function centre(vectors: Float32Array, d: number): void {
  const rows = vectors.length / d;
  const mean = new Float64Array(d);
  for (let at = 0; at < vectors.length; at += d) {
    for (let c = 0; c < d; c++) mean[c] = mean[c]! + vectors[at + c]! / rows;
  }
  for (let at = 0; at < vectors.length; at += d) {
    for (let c = 0; c < d; c++) vectors[at + c] = vectors[at + c]! - mean[c]!;
  }
}

/** The units' weights by how often they occur, and every text's units, unless there are too many. */
function countUnits(
  units: Units,
  size: number,
  texts: Iterable<string>,
  mostHeld: number,
): { weights: Float64Array; held: HeldUnits | null } {
  const counts = new Float64Array(size);
  let all = 0;
  let held: HeldUnits | null = new HeldUnits();
  for (const own of unitsOf(units, texts)) {
    for (let i = 0; i < own.length; i++) counts[own[i]!] = counts[own[i]!]! + 1;
    all += own.length;
    if (all > mostHeld) held = null;
    held?.add(own);
  }
  const weights = counts.map((count) => RARE_SHARE / (RARE_SHARE + count / Math.max(1, all)));
  return { weights, held };
}
