import type { TextFeatures } from "../ngrams/text-features.js";
import { type DenseSums, denseSums, occurred } from "./dense-pairs.js";
import type { Targets } from "./targets.js";

/** Occurrences of features that are sorted at once: 192 MB of classes and values. */
const AT_ONCE = 1 << 25;
const SHORT_LIST = 16;

/**
 * The pairs of feature and class that occur together in some row. Those of feature f stand at
 * `start[f]` to `start[f + 1]`, classes ascending: with hundreds of classes and millions of
 * features most pairs never occur, and no number is stored for them.
 */
export interface PairTable {
  readonly start: Uint32Array;
  readonly classes: Uint16Array;
  /** The weight of the feature in the rows of the class. */
  readonly counts: Real;
}

export type Real = Float32Array | Float64Array;

/** Numbers that are held as float64: above, float32 keeps a large data set in memory. */
const DOUBLES = 1 << 23;

/** Numbers that threads can share. */
export function sharedReals(length: number): Real {
  return length <= DOUBLES
    ? new Float64Array(new SharedArrayBuffer(8 * length))
    : new Float32Array(new SharedArrayBuffer(4 * length));
}

export const reals = (length: number): Real =>
  length <= DOUBLES ? new Float64Array(length) : new Float32Array(length);

const FEW = 8;

/** The place of a pair that occurs. */
export function findPair(
  { start, classes }: Pick<PairTable, "start" | "classes">,
  feature: number,
  klass: number,
): number {
  let low = start[feature]!;
  let high = start[feature + 1]! - 1;
  // A common feature may have all classes before this one.
  const dense = low + klass;
  if (dense <= high && classes[dense] === klass) return dense;
  if (high - low < FEW) {
    while (low < high && classes[low]! < klass) low += 1;
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (classes[middle]! < klass) low = middle + 1;
    else high = middle;
  }
  return low <= high && classes[low] === klass ? low : -1;
}

/** Finds all pairs; `eachRow` reads the rows once for `atOnce` occurrences, some tens of millions. */
export async function pairTable(
  features: TextFeatures,
  targets: Targets,
  k: number,
  eachRow: (use: (row: number, place: number) => void) => Promise<void>,
  atOnce = AT_ONCE,
): Promise<PairTable> {
  const bounds = { most: atOnce, mostDoubles: DOUBLES };
  const dense = await denseSums(features, targets, k, eachRow, bounds);
  if (dense !== undefined) return pairsOfDense(dense, features.ids, k);
  const { ids } = features;
  const classes = new Uint16Array(targets.most);
  const weights = new Float64Array(targets.most);
  const occurrences = await countOccurrences(features, targets, eachRow);
  const start = new Uint32Array(new SharedArrayBuffer(4 * (ids + 1)));
  const parts: Uint16Array[] = [];
  const countParts: Real[] = [];
  const sums = new Float64Array(k);
  const stamps = new Int32Array(k).fill(-1);
  let pairs = 0;
  for (let from = 0; from < ids; ) {
    let to = from;
    let sum = 0;
    while (to < ids && (to === from || sum + occurrences[to]! <= atOnce)) {
      sum += occurrences[to++]!;
    }
    const isWhole = from === 0 && to === ids;
    const ends = new Uint32Array(to - from);
    for (let id = from + 1; id < to; id++)
      ends[id - from] = ends[id - from - 1]! + occurrences[id - 1]!;
    const met = new Uint16Array(sum);
    const metWeights = reals(sum);
    await eachRow((row, place) => {
      const found = targets.read(row, classes, weights);
      const {
        ids: rowIds,
        values,
        count,
      } = isWhole ? features.at(place) : features.partAt(place, from, to);
      for (let i = 0; i < count; i++) {
        const id = rowIds[i]!;
        for (let c = 0; c < found; c++) {
          const at = ends[id - from]!++;
          met[at] = classes[c]!;
          metWeights[at] = weights[c]! * values[i]!;
        }
      }
    });
    // In place: what stands at a pair's place is read before, as there are never more pairs.
    const part = met;
    const partCounts = metWeights;
    let kept = 0;
    let at = 0;
    for (let id = from; id < to; id++) {
      const first = kept;
      const end = ends[id - from]!;
      for (; at < end; at++) {
        const klass = met[at]!;
        if (stamps[klass] === id) {
          sums[klass]! += metWeights[at]!;
          continue;
        }
        stamps[klass] = id;
        sums[klass] = metWeights[at]!;
        part[kept++] = klass;
      }
      if (isNearlyDense(kept - first, k) && end - first >= k) {
        // One after the other, classes need not be read.
        for (let c = 0; c < k; c++) {
          if (stamps[c] !== id) sums[c] = 0;
          part[first + c] = c;
        }
        kept = first + k;
      } else sortClasses(part, first, kept);
      for (let p = first; p < kept; p++) partCounts[p] = sums[part[p]!]!;
      start[id] = pairs + first;
    }
    pairs += kept;
    start[to] = pairs;
    parts.push(part.slice(0, kept));
    countParts.push(partCounts.slice(0, kept));
    from = to;
  }
  features.endParts();
  return {
    start,
    classes: joined(parts, new Uint16Array(new SharedArrayBuffer(2 * pairs))),
    counts: joined(countParts, sharedReals(pairs)),
  };
}

/** The same pairs and counts, to the last bit, as those of sorted occurrences. */
function pairsOfDense({ sums, occurrences }: DenseSums, ids: number, k: number): PairTable {
  const stride = k + 1;
  const start = new Uint32Array(new SharedArrayBuffer(4 * (ids + 1)));
  let pairs = 0;
  for (let id = 0, at = 0, end = 0; id < ids; id++, at += stride) {
    let met = 0;
    for (let c = 0; c < k; c++) if (occurred(sums[at + c]!)) met += 1;
    end += sums[at + k]!;
    pairs += isNearlyDense(met, k) && end - pairs >= k ? k : met;
    start[id + 1] = pairs;
  }
  const classes = new Uint16Array(new SharedArrayBuffer(2 * pairs));
  const counts = sharedReals(pairs);
  const isRounded = occurrences > DOUBLES;
  for (let id = 0, p = 0; id < ids; id++) {
    const isWhole = start[id + 1]! - p === k;
    for (let c = 0; c < k; c++) {
      const sum = sums[id * stride + c]!;
      if (!isWhole && !occurred(sum)) continue;
      classes[p] = c;
      // 0 in place of -0 for a pair that never occurs.
      counts[p++] = (isRounded ? Math.fround(sum) : sum) + 0;
    }
  }
  return { start, classes, counts };
}

/** Whether most classes have the feature: then the others get a pair without weight. */
const isNearlyDense = (classes: number, k: number): boolean => 3 * classes > k;

/** By id: how many (row, class) occurrences it has; none for what is no feature. */
async function countOccurrences(
  features: TextFeatures,
  targets: Targets,
  eachRow: (use: (row: number, place: number) => void) => Promise<void>,
): Promise<Uint32Array> {
  const { ids, textCounts } = features;
  const occurrences = new Uint32Array(ids);
  if (targets.most === 1) {
    for (let id = 0; id < ids; id++) occurrences[id] = textCounts[id]! < 2 ? 0 : textCounts[id]!;
    return occurrences;
  }
  const classes = new Uint16Array(targets.most);
  const weights = new Float64Array(targets.most);
  await eachRow((row, place) => {
    const found = targets.read(row, classes, weights);
    const { ids: rowIds, count } = features.at(place);
    for (let i = 0; i < count; i++) occurrences[rowIds[i]!]! += found;
  });
  return occurrences;
}

function sortClasses(classes: Uint16Array, from: number, to: number): void {
  if (to - from > SHORT_LIST) {
    classes.subarray(from, to).sort();
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const klass = classes[i]!;
    let j = i;
    for (; j > from && classes[j - 1]! > klass; j--) classes[j] = classes[j - 1]!;
    classes[j] = klass;
  }
}

function joined<T extends Uint16Array | Real>(parts: T[], all: T): T {
  let at = 0;
  // Each part is let go as soon as it is copied.
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
