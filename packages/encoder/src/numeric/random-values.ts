import type { Random } from "@winnow/numeric";

/** Normal with mean 0 and the given deviation, redrawn beyond two deviations (as TensorFlow does). */
export function truncatedNormal(random: Random, size: number, deviation: number): Float32Array {
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    let value = random.normal();
    while (Math.abs(value) > 2) value = random.normal();
    values[i] = value * deviation;
  }
  return values;
}

/** Dropout's multipliers: 0 with probability `rate`, else 1 / (1 - rate). */
export function dropoutMask(random: Random, size: number, rate: number): Float32Array {
  const mask = new Float32Array(size);
  const keep = 1 / (1 - rate);
  // Each draw of 32 bits serves two numbers: the rate is met to 1/65536.
  const threshold = Math.round(rate * 65536);
  for (let i = 0; i < size; i += 2) {
    const bits = random.bits();
    mask[i] = (bits & 0xffff) < threshold ? 0 : keep;
    if (i + 1 < size) mask[i + 1] = bits >>> 16 < threshold ? 0 : keep;
  }
  return mask;
}

/** Dropout's random bits and multipliers out of one stream. */
export function dropoutSource(random: Random): {
  bits(): number;
  mask(size: number, rate: number): Float32Array;
} {
  return {
    bits: () => random.bits(),
    mask: (size, rate) => dropoutMask(random, size, rate),
  };
}
