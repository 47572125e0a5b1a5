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
export const DOUBLES = 1 << 23;

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

/** Whether most classes have a feature: then the others get a pair without weight. */
export const isNearlyDense = (classes: number, k: number, occurrences: number): boolean =>
  3 * classes > k && occurrences >= k;
