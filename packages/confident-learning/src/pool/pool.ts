import { ConfidentLearningError } from "../errors.js";
import type { Probabilities } from "../input/source.js";

/** One model's probabilities (n, k), and its share of the pool: the exponent of its own. */
export interface PoolMember {
  readonly probs: Probabilities;
  readonly share: number;
}

/**
 * The shares of the full recipe (docs/explanation/methods.md): the given models' mean, the quick
 * model, and the quick model once more on soft targets.
 */
export const POOL_SHARES = { given: 1 / 4, quick: 1 / 4, second: 1 / 2 } as const;

/** The shares of a pool with vectors of an encoder: two rounds of two models. */
export interface VectorShares {
  readonly quick: number;
  readonly vectors: number;
  readonly second: number;
  readonly vectorsSecond: number;
}

/** The shares where both rounds of the vectors' model have `weight` together. */
export function vectorShares(weight: number): VectorShares {
  const [texts, vectors] = [(1 - weight) / 2, weight / 2];
  return { quick: texts, vectors, second: texts, vectorsSecond: vectors };
}

const SMALLEST_P = 1e-6;

/**
 * The members' weighted geometric mean, each clipped below at 1e-6 first: `out` (n, k), whose rows
 * sum to 1. `out` may be one of the members.
 */
export function poolInto(members: readonly PoolMember[], k: number, out: Probabilities): void {
  checkLengths(members, k, out);
  const row = new Float64Array(k);
  for (let at = 0; at < out.length; at += k) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < k; j++) {
      let log = 0;
      for (const { probs, share } of members) {
        log += share * Math.log(Math.max(SMALLEST_P, probs[at + j]!));
      }
      row[j] = log;
      largest = Math.max(largest, log);
    }
    let sum = 0;
    for (let j = 0; j < k; j++) {
      row[j] = Math.exp(row[j]! - largest);
      sum += row[j]!;
    }
    for (let j = 0; j < k; j++) out[at + j] = row[j]! / sum;
  }
}

/** The members' mean: `out` (n, k). It teaches the second round. */
export function meanInto(members: readonly Probabilities[], k: number, out: Probabilities): void {
  checkLengths(
    members.map((probs) => ({ probs, share: 1 })),
    k,
    out,
  );
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (const probs of members) sum += probs[i]!;
    out[i] = sum / members.length;
  }
}

function checkLengths(members: readonly PoolMember[], k: number, out: Probabilities): void {
  const whole = Number.isSafeInteger(k) && k > 0 && out.length % k === 0;
  if (members.length > 0 && whole && members.every(({ probs }) => probs.length === out.length))
    return;
  const lengths = members.map(({ probs }) => probs.length).join(", ");
  throw new ConfidentLearningError(
    "length-mismatch",
    `members of ${lengths || "no"} probabilities and room for ${out.length} of ${k} classes`,
  );
}
