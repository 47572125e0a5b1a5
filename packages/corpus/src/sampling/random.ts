import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";

export type { RandomGenerator };

/** The uses of a seed: each use gets its own sequence from the same seed. */
const PURPOSES = { folds: 0x6f1d, sampling: 0x2a93, noise: 0x51c7, preview: 0x3e05 } as const;

/** A generator for one purpose. `seed` is any safe integer; all of its bits count. */
export function randomFor(purpose: keyof typeof PURPOSES, seed: number): RandomGenerator {
  const low = seed | 0;
  const high = Math.floor(seed / 0x1_0000_0000) | 0;
  return xoroshiro128plus(low ^ Math.imul(high ^ PURPOSES[purpose], 0x9e3779b1));
}

/** A uniform integer from 0 to `count` - 1. */
export function below(random: RandomGenerator, count: number): number {
  return uniformInt(random, 0, count - 1);
}

/** A uniform number from 0 to below 1. */
export function fractionOf(random: RandomGenerator): number {
  return uniformFloat64(random);
}
