import { CorpusError } from "../errors.js";
import { below, fractionOf, type RandomGenerator, randomFor } from "./random.js";

/** Which labels are changed, and into which. Rates are shares from 0 to 1 of a class's rows. */
export type NoiseSpec =
  /** Every wrong class equally likely. */
  | { type: "symmetric"; rate: number }
  /** Each `from` class into its `to` class; without pairs each class into its next sister. */
  | { type: "pair"; rate: number; pairs?: readonly (readonly [from: number, to: number])[] }
  /** Entry [i][j]: the probability that class i is labelled j. Rows sum to 1. */
  | { type: "matrix"; matrix: readonly (readonly number[])[] }
  /** A rate for each class; every wrong class equally likely. */
  | { type: "by-class"; rates: readonly number[] };

/** Labels with injected noise. */
export interface InjectedNoise {
  /** The given labels (n): what training may see. */
  labels: Int32Array;
  /** How many labels were changed. */
  changed: number;
  /** Counts (k x k, row by row): [true class][given class]. */
  joint: Uint32Array;
}

/**
 * Changes some of the true `labels` (n, class indexes below k). Counts are as exact as whole rows
 * allow: of class i's n_i rows, n_i * T[i][j] rounded down or up become j, without bias over seeds;
 * the rows are random. The same labels, spec and seed give the same result. `classNames` (k)
 * determine the sisters of "pair". Throws CorpusError "bad-noise".
 */
export function injectNoise(
  labels: Int32Array,
  classNames: readonly string[],
  spec: NoiseSpec,
  seed: number,
): InjectedNoise {
  const k = classNames.length;
  const matrix = noiseMatrix(spec, classNames);
  const random = randomFor("noise", seed);
  const members: number[][] = Array.from({ length: k }, () => []);
  labels.forEach((label, i) => {
    const rows = members[label];
    if (!rows) throw badNoise(`Row ${i} has the class index ${label}; there are ${k} classes.`);
    rows.push(i);
  });
  const given = labels.slice();
  const joint = new Uint32Array(k * k);
  let changed = 0;
  for (let i = 0; i < k; i += 1) {
    const rows = shuffled(members[i]!, random);
    const counts = roundedCounts(matrix[i]!, rows.length, random);
    let next = 0;
    for (let j = 0; j < k; j += 1) {
      const count = counts[j]!;
      joint[i * k + j] = count;
      if (j !== i) changed += count;
      for (let taken = 0; taken < count; taken += 1) {
        given[rows[next]!] = j;
        next += 1;
      }
    }
  }
  return { labels: given, changed, joint };
}

/** The K x K matrix of the noise: [i][j] is the probability that a row of class i is labelled j. */
export function noiseMatrix(spec: NoiseSpec, classNames: readonly string[]): number[][] {
  const k = classNames.length;
  if (k < 2) throw badNoise("Wrong labels need at least two classes.");
  switch (spec.type) {
    case "symmetric":
      return uniformMatrix(new Array<number>(k).fill(checkedRate(spec.rate)), k);
    case "by-class":
      if (spec.rates.length !== k) {
        throw badNoise(`by-class needs ${k} rates, one per class; there are ${spec.rates.length}.`);
      }
      return uniformMatrix(spec.rates.map(checkedRate), k);
    case "pair":
      return pairMatrix(checkedRate(spec.rate), spec.pairs ?? sisterPairs(classNames), k);
    case "matrix":
      return checkedMatrix(spec.matrix, k);
  }
}

/**
 * Each class with the next one under the same parent path ("tech/net" and "tech/phone"); the last
 * with the first. Classes without a sister have no pair.
 */
export function sisterPairs(classNames: readonly string[]): [from: number, to: number][] {
  const families = new Map<string, number[]>();
  classNames.forEach((name, index) => {
    const parent = name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : "";
    const family = families.get(parent);
    if (family) family.push(index);
    else families.set(parent, [index]);
  });
  const pairs: [number, number][] = [];
  for (const family of families.values()) {
    if (family.length < 2) continue;
    family.forEach((from, i) => {
      pairs.push([from, family[(i + 1) % family.length]!]);
    });
  }
  return pairs;
}

function uniformMatrix(rates: readonly number[], k: number): number[][] {
  return rates.map((rate, i) =>
    Array.from({ length: k }, (_, j) => (j === i ? 1 - rate : rate / (k - 1))),
  );
}

function pairMatrix(
  rate: number,
  pairs: readonly (readonly [number, number])[],
  k: number,
): number[][] {
  const partners: number[][] = Array.from({ length: k }, () => []);
  for (const [from, to] of pairs) {
    if (!partners[from] || !partners[to] || from === to) {
      throw badNoise(
        `The pair ${from} -> ${to} is not a pair of two different classes out of ${k}.`,
      );
    }
    partners[from].push(to);
  }
  return partners.map((targets, i) => {
    const row = new Array<number>(k).fill(0);
    row[i] = targets.length === 0 ? 1 : 1 - rate;
    for (const to of targets) row[to] = row[to]! + rate / targets.length;
    return row;
  });
}

function checkedMatrix(matrix: readonly (readonly number[])[], k: number): number[][] {
  if (matrix.length !== k) throw badNoise(`The matrix has ${matrix.length} rows; it needs ${k}.`);
  return matrix.map((row, i) => {
    if (row.length !== k)
      throw badNoise(`Row ${i} of the matrix has ${row.length} of ${k} entries.`);
    const sum = row.reduce((total, share) => total + checkedRate(share), 0);
    if (Math.abs(sum - 1) > 1e-6) throw badNoise(`Row ${i} of the matrix sums to ${sum}, not 1.`);
    return row.map((share) => share / sum);
  });
}

function checkedRate(rate: number): number {
  if (!(rate >= 0 && rate <= 1)) throw badNoise(`${rate} is not a share from 0 to 1.`);
  return rate;
}

/**
 * Whole counts that sum to n, each n * share rounded down or up, unbiased on average (systematic
 * sampling): equidistant marks with one random offset over the concatenated shares, in random
 * order.
 */
function roundedCounts(shares: readonly number[], n: number, random: RandomGenerator): Uint32Array {
  const counts = new Uint32Array(shares.length);
  const order = shuffled(
    shares.map((_, j) => j).filter((j) => shares[j]! > 0),
    random,
  );
  const offset = fractionOf(random);
  let reached = 0;
  let placed = 0;
  order.forEach((j, position) => {
    reached += n * shares[j]!;
    // The last share gets the rest, whatever the rounding of the sum.
    const upTo = position === order.length - 1 ? n : Math.min(n, Math.floor(reached + offset));
    counts[j] = upTo - placed;
    placed = upTo;
  });
  return counts;
}

function shuffled(items: number[], random: RandomGenerator): number[] {
  for (let i = items.length - 1; i > 0; i -= 1) {
    const j = below(random, i + 1);
    const held = items[i]!;
    items[i] = items[j]!;
    items[j] = held;
  }
  return items;
}

function badNoise(message: string): CorpusError {
  return new CorpusError("bad-noise", message);
}
