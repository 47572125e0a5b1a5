/**
 * The innermost loops of pass 2. They write to `candidates`, in ascending order, the classes of one
 * row that could have its largest other probability or that it could be confident for; all other
 * numbers are only added up. Each function returns the number of candidates and writes the row's
 * sum to `sum[0]`. The given class `label` is left out. A number that is not a probability is
 * always a candidate.
 */

/**
 * For float32. `bits` is the same memory as `probs`: as unsigned integers, numbers of at least 0
 * keep their order, and negative numbers, NaN and infinity are larger than all of them, so one
 * comparison finds every candidate. `limit`: the bits just below the smallest confidence cut, which
 * is above 0.
 */
export function gatherSingle(
  probs: Float32Array,
  bits: Uint32Array,
  at: number,
  label: number,
  k: number,
  limit: number,
  candidates: Int32Array,
  sum: Float64Array,
): number {
  let found = 0;
  let gate = 0;
  let s0 = probs[at + label]!;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = at;
  let end = at + label;
  for (;;) {
    for (; i + 4 <= end; i += 4) {
      const b0 = bits[i]!;
      const b1 = bits[i + 1]!;
      const b2 = bits[i + 2]!;
      const b3 = bits[i + 3]!;
      s0 += probs[i]!;
      s1 += probs[i + 1]!;
      s2 += probs[i + 2]!;
      s3 += probs[i + 3]!;
      if (b0 > gate) {
        candidates[found++] = i - at;
        gate = Math.min(b0, limit);
      }
      if (b1 > gate) {
        candidates[found++] = i + 1 - at;
        gate = Math.min(b1, limit);
      }
      if (b2 > gate) {
        candidates[found++] = i + 2 - at;
        gate = Math.min(b2, limit);
      }
      if (b3 > gate) {
        candidates[found++] = i + 3 - at;
        gate = Math.min(b3, limit);
      }
    }
    for (; i < end; i++) {
      const b = bits[i]!;
      s0 += probs[i]!;
      if (b > gate) {
        candidates[found++] = i - at;
        gate = Math.min(b, limit);
      }
    }
    if (end === at + k) break;
    i = at + label + 1;
    end = at + k;
  }
  sum[0] = s0 + s1 + (s2 + s3);
  return found;
}

/** For float64. `limit`: the number just below the smallest confidence cut, which is above 0. */
export function gatherDouble(
  probs: Float64Array,
  at: number,
  label: number,
  k: number,
  limit: number,
  candidates: Int32Array,
  sum: Float64Array,
): number {
  let found = 0;
  let gate = 0;
  let total = 0;
  for (let j = 0; j < k; j++) {
    const p = probs[at + j]!;
    total += p;
    // not "p > gate": NaN must get through
    if ((p <= gate && p >= 0) || j === label) continue;
    candidates[found++] = j;
    gate = Math.min(p, limit);
  }
  sum[0] = total;
  return found;
}

/** For a cut at or below 0, which every row reaches: all other classes are candidates. */
export function gatherAll(
  probs: Float32Array | Float64Array,
  at: number,
  label: number,
  k: number,
  candidates: Int32Array,
  sum: Float64Array,
): number {
  let found = 0;
  let total = 0;
  for (let j = 0; j < k; j++) {
    total += probs[at + j]!;
    if (j !== label) candidates[found++] = j;
  }
  sum[0] = total;
  return found;
}
