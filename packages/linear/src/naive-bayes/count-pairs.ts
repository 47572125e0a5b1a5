import type { TextFeatures } from "../ngrams/text-features.js";
import { denseSums, pairsOfDense } from "./dense-pairs.js";
import { FeaturePairs } from "./feature-pairs.js";
import { StoredOwnCounts } from "./own-counts.js";
import { DOUBLES, type PairTable, type Real, reals, sharedReals } from "./pair-table.js";
import type { Targets } from "./targets.js";

/** Occurrences of features that are sorted at once: 192 MB of codes and values, 256 where codes are long. */
const AT_ONCE = 1 << 25;

/** What is counted, and how its rows are read. */
export interface PairCount {
  readonly features: TextFeatures;
  readonly targets: Targets;
  readonly k: number;
  /** By row: the fold that judges it; rows are read fold after fold. */
  readonly folds: ArrayLike<number>;
  /** How many folds there are. */
  readonly foldCount: number;
  /** Reads all rows once, in their order. */
  readonly eachRow: (use: (row: number, place: number) => void) => Promise<void>;
}

/** The pairs of all rows, and what the rows of each fold add to them, where that was counted too. */
export interface CountedPairs {
  readonly pairs: PairTable;
  readonly own: StoredOwnCounts | undefined;
}

/** Finds all pairs; reads the rows once for `atOnce` occurrences, some tens of millions. */
export async function countPairs(count: PairCount, atOnce = AT_ONCE): Promise<CountedPairs> {
  const { features, targets, k, foldCount, eachRow } = count;
  const { ids } = features;
  const bounds = { most: atOnce, mostDoubles: DOUBLES };
  const dense = await denseSums(features, targets, k, eachRow, bounds);
  if (dense !== undefined) return { pairs: pairsOfDense(dense, ids, k), own: undefined };
  const occurrences = await countOccurrences(count);
  const start = new Uint32Array(new SharedArrayBuffer(4 * (ids + 1)));
  const own = new StoredOwnCounts(foldCount, features.rows.scratch);
  const ofFeature = new FeaturePairs(k, foldCount, own);
  const parts: Uint16Array[] = [];
  const countParts: Real[] = [];
  const classes = new Uint16Array(targets.most);
  const weights = new Float64Array(targets.most);
  let pairs = 0;
  for (let from = 0; from < ids; ) {
    let to = from;
    let sum = 0;
    while (to < ids && (to === from || sum + occurrences[to]! <= atOnce)) {
      sum += occurrences[to++]!;
    }
    const isWhole = from === 0 && to === ids;
    const ends = new Uint32Array(to - from);
    for (let id = from + 1; id < to; id++) {
      ends[id - from] = ends[id - from - 1]! + occurrences[id - 1]!;
    }
    const met = ofFeature.codes(sum);
    const metWeights = reals(sum);
    await eachRow((row, place) => {
      const found = targets.read(row, classes, weights);
      const fold = count.folds[row]!;
      const read = isWhole ? features.at(place) : features.partAt(place, from, to);
      for (let i = 0; i < read.count; i++) {
        const id = read.ids[i]! - from;
        for (let c = 0; c < found; c++) {
          const at = ends[id]!++;
          met[at] = ofFeature.codeOf(classes[c]!, fold);
          metWeights[at] = weights[c]! * read.values[i]!;
        }
      }
    });
    // In place: what stands at a pair's place is read before, as there are never more pairs.
    let kept = 0;
    let at = 0;
    for (let id = from; id < to; id++) {
      const end = ends[id - from]!;
      start[id] = pairs + kept;
      const found = ofFeature.read(met, metWeights, at, end, pairs + kept);
      at = end;
      for (let i = 0; i < found; i++) {
        const klass = ofFeature.classes[i]!;
        met[kept] = klass;
        metWeights[kept++] = ofFeature.sums[klass]!;
      }
    }
    pairs += kept;
    start[to] = pairs;
    parts.push(Uint16Array.from(met.subarray(0, kept)));
    countParts.push(metWeights.slice(0, kept));
    from = to;
  }
  features.endParts();
  const table = {
    start,
    classes: joined(parts, new Uint16Array(new SharedArrayBuffer(2 * pairs))),
    counts: joined(countParts, sharedReals(pairs)),
  };
  return { pairs: table, own };
}

/** By id: how many (row, class) occurrences it has; none for what is no feature. */
async function countOccurrences({ features, targets, eachRow }: PairCount): Promise<Uint32Array> {
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

function joined<T extends Uint16Array | Real>(parts: T[], all: T): T {
  let at = 0;
  // Each part is let go as soon as it is copied.
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
