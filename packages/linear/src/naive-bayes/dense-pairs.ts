import type { TextFeatures } from "../ngrams/text-features.js";
import { DOUBLES, isNearlyDense, type PairTable, sharedReals } from "./pair-table.js";
import type { Targets } from "./targets.js";

/** Sums of every pair of feature and class, where few classes make their table small. */
export interface DenseSums {
  /**
   * (ids, k + 1): the weight of the feature in the rows of each class, -0 where none has it; and how
   * many occurrences (of a row and a class that it teaches) the feature has.
   */
  readonly sums: Float64Array;
  /** The occurrences of all features together. */
  readonly occurrences: number;
}

export interface DenseOptions {
  /** With more occurrences the table is not made. */
  readonly most: number;
  /** Above so many occurrences each weight is rounded to float32 before it is added. */
  readonly mostDoubles: number;
}

/** What a pair that never occurs has: adding to it gives what was added, and it is told from 0. */
const NEVER = -0;

/** Whether a pair occurred, by its sum of weights, of which none is negative. */
export const occurred = (sum: number): boolean => !Object.is(sum, NEVER);

/**
 * Adds up all pairs in one read of the rows, of soft targets in two. Undefined where the table takes more
 * memory than sorting the occurrences does, or where these would be sorted in parts.
 */
export async function denseSums(
  features: TextFeatures,
  targets: Targets,
  k: number,
  eachRow: (use: (row: number, place: number) => void) => Promise<void>,
  { most, mostDoubles }: DenseOptions,
): Promise<DenseSums | undefined> {
  const stride = k + 1;
  // 8 bytes a number here, 6 an occurrence there.
  if (8 * stride * features.ids > 6 * features.occurrences) return undefined;
  const classes = new Uint16Array(targets.most);
  const weights = new Float64Array(targets.most);
  let { occurrences } = features;
  if (targets.most > 1) {
    occurrences = 0;
    await eachRow((row, place) => {
      occurrences += targets.read(row, classes, weights) * features.at(place).count;
    });
  }
  if (occurrences > most) return undefined;
  const isRounded = occurrences > mostDoubles;
  const sums = new Float64Array(stride * features.ids);
  for (let at = 0; at < sums.length; at += stride) {
    for (let c = 0; c < k; c++) sums[at + c] = NEVER;
  }
  await eachRow((row, place) => {
    const found = targets.read(row, classes, weights);
    const { ids, values, count } = features.at(place);
    for (let i = 0; i < count; i++) {
      const at = stride * ids[i]!;
      const value = values[i]!;
      for (let c = 0; c < found; c++) {
        const weight = weights[c]! * value;
        sums[at + classes[c]!]! += isRounded ? Math.fround(weight) : weight;
      }
      sums[at + k]! += found;
    }
  });
  return { sums, occurrences };
}

/** The same pairs and counts, to the last bit, as those of sorted occurrences. */
export function pairsOfDense({ sums, occurrences }: DenseSums, ids: number, k: number): PairTable {
  const stride = k + 1;
  const start = new Uint32Array(new SharedArrayBuffer(4 * (ids + 1)));
  let pairs = 0;
  for (let id = 0, at = 0; id < ids; id++, at += stride) {
    let met = 0;
    for (let c = 0; c < k; c++) if (occurred(sums[at + c]!)) met += 1;
    pairs += isNearlyDense(met, k, sums[at + k]!) ? k : met;
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
