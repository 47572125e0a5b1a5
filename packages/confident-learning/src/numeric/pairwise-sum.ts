type Floats = Float32Array | Float64Array;

/**
 * The sum of `count` numbers from `from`, in the order in which numpy adds a contiguous vector: one
 * by one below 8, in eight accumulators up to 128, in halves above that. Another order can change
 * the last bit of a threshold or a prune count, and thereby a flag.
 */
export function pairwiseSum(values: Floats, from = 0, count = values.length - from): number {
  return values instanceof Float32Array
    ? sumFloat32(values, from, count)
    : sumFloat64(values, from, count);
}

function sumFloat64(a: Float64Array, from: number, count: number): number {
  if (count < 8) {
    let sum = 0;
    for (let i = from; i < from + count; i++) sum += a[i]!;
    return sum;
  }
  if (count > 128) {
    const half = firstHalf(count);
    return sumFloat64(a, from, half) + sumFloat64(a, from + half, count - half);
  }
  let [r0, r1, r2, r3] = [a[from]!, a[from + 1]!, a[from + 2]!, a[from + 3]!];
  let [r4, r5, r6, r7] = [a[from + 4]!, a[from + 5]!, a[from + 6]!, a[from + 7]!];
  const end = from + count;
  let i = from + 8;
  for (; i + 8 <= end; i += 8) {
    r0 += a[i]!;
    r1 += a[i + 1]!;
    r2 += a[i + 2]!;
    r3 += a[i + 3]!;
    r4 += a[i + 4]!;
    r5 += a[i + 5]!;
    r6 += a[i + 6]!;
    r7 += a[i + 7]!;
  }
  let sum = r0 + r1 + (r2 + r3) + (r4 + r5 + (r6 + r7));
  for (; i < end; i++) sum += a[i]!;
  return sum;
}

/** The same, with every addition rounded to float32. */
function sumFloat32(a: Float32Array, from: number, count: number): number {
  const f = Math.fround;
  if (count < 8) {
    let sum = 0;
    for (let i = from; i < from + count; i++) sum = f(sum + a[i]!);
    return sum;
  }
  if (count > 128) {
    const half = firstHalf(count);
    return f(sumFloat32(a, from, half) + sumFloat32(a, from + half, count - half));
  }
  let [r0, r1, r2, r3] = [a[from]!, a[from + 1]!, a[from + 2]!, a[from + 3]!];
  let [r4, r5, r6, r7] = [a[from + 4]!, a[from + 5]!, a[from + 6]!, a[from + 7]!];
  const end = from + count;
  let i = from + 8;
  for (; i + 8 <= end; i += 8) {
    r0 = f(r0 + a[i]!);
    r1 = f(r1 + a[i + 1]!);
    r2 = f(r2 + a[i + 2]!);
    r3 = f(r3 + a[i + 3]!);
    r4 = f(r4 + a[i + 4]!);
    r5 = f(r5 + a[i + 5]!);
    r6 = f(r6 + a[i + 6]!);
    r7 = f(r7 + a[i + 7]!);
  }
  let sum = f(f(f(r0 + r1) + f(r2 + r3)) + f(f(r4 + r5) + f(r6 + r7)));
  for (; i < end; i++) sum = f(sum + a[i]!);
  return sum;
}

function firstHalf(count: number): number {
  const half = Math.floor(count / 2);
  return half - (half % 8);
}
