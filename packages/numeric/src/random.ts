import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Seeded numbers; two generators made from the same seed and stream give the same sequence. */
export interface Random {
  /** 32 random bits, signed. */
  bits(): number;
  /** Uniform in [0, 1) with 32 bits. */
  uniform(): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** Uniform integer in [0, below). */
  below(below: number): number;
}

/**
 * A generator of its own for each use: `stream` names what it is for and where in the run
 * (for example `"dropout", step`), so that a resumed run draws what an unbroken one draws.
 */
export function createRandom(seed: number, ...stream: (string | number)[]): Random {
  const generator = xoroshiro128plus(mixSeed(seed, stream));
  const bits = (): number => generator.next();
  const uniform = (): number => (generator.next() >>> 0) / 4294967296;
  return {
    bits,
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    below: (below) => Math.floor(uniform() * below),
  };
}

/** Shuffles in place (Fisher-Yates). */
export function shuffle<T extends Int32Array | unknown[]>(random: Random, items: T): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const held = items[i];
    items[i] = items[j]!;
    items[j] = held as never;
  }
  return items;
}

/** FNV-1a over seed and stream, finished as MurmurHash3 does, so that near seeds differ widely. */
function mixSeed(seed: number, stream: (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const part of [seed, ...stream].join("\u0000")) {
    hash = Math.imul(hash ^ part.charCodeAt(0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
